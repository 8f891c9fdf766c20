"""What an order event books, told a second time: independent of workers/bookkeeping.py, the journal's own.

Pure, in exact integers, on the events' own text: folding a million of them builds no object for each.
"""

from collections.abc import Mapping

# Account and cents, in the accounts' alphabetical order; nothing where nothing moves.
Bookings = tuple[tuple[str, int], ...]
Fields = Mapping[str, str]

_FROM_OUTSIDE = {"account_opened", "deposited", "reset", "adjusted"}
_MONEYLESS = {"reduced", "modified"}


def bookings(fields: Fields) -> Bookings:
    """What the event moves between the ledger's accounts.

    Raises KeyError or ValueError for what is no event, or one that moves more than it has.
    """
    moved = tuple((account, amount) for account, amount in _moved(fields) if amount)
    if sum(amount for _, amount in moved) != 0:
        raise ValueError(f"its postings do not sum to zero: {as_words(moved)}")
    return moved


def cash(booked: Bookings) -> int:
    """By how much the event changes the trader's balance."""
    return next((amount for account, amount in booked if account == "trader_cash"), 0)


def as_words(booked: Bookings) -> str:
    """For a message."""
    return ", ".join(f"{account} {amount:+d}" for account, amount in booked) or "nothing"


def _moved(fields: Fields) -> Bookings:
    kind = fields["kind"]
    if kind == "closed":
        return _settlement(fields)
    if kind == "opened":
        return _stake(int(fields["margin"]), int(fields["fee"]))
    if kind == "margin_added":
        return _stake(int(fields["amount"]), int(fields["fee"]))
    if kind in _FROM_OUTSIDE:
        amount = int(fields["amount"])
        return ("deposits", -amount), ("trader_cash", amount)
    if kind in _MONEYLESS:
        return ()
    raise ValueError(f"its kind is unknown: {kind}")


def _stake(margin: int, fee: int) -> Bookings:
    return ("house_fees", fee), ("trader_cash", -margin - fee), ("trader_margin", margin)


def _settlement(fields: Fields) -> Bookings:
    shortfall = int(fields["shortfall"])
    return (
        ("house_fees", int(fields["fee"])),
        # By price alone: what the margin didn't cover is the shortfall.
        ("house_pnl", shortfall - int(fields["pnl"])),
        ("house_shortfall", -shortfall),
        ("trader_cash", int(fields["credit"])),
        ("trader_margin", -int(fields["margin"])),
    )
