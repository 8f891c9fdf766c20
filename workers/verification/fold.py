"""What a shard's events say, folded one by one: every account's balance, sequence number and open positions.

Pure. Memory is that of the state, whatever the number of events.
"""

from collections.abc import Mapping

from workers.verification.bookings import Bookings, bookings, cash
from workers.verification.positions import Held, Parts, contradiction, expected_after, held, parts_of
from workers.verification.report import Difference

Fields = Mapping[str, str]
# A stream id: milliseconds and number.
Place = tuple[int, int]

_NO_POSITION = {"account_opened", "deposited", "reset", "adjusted"}


def event_id_of(place: Place) -> str:
    """As Redis writes it."""
    return f"{place[0]}-{place[1]}"


class AccountState:
    """An account as of its newest event."""

    __slots__ = ("at_ms", "balance", "event_id", "part", "positions", "seq")

    def __init__(self) -> None:
        self.balance = 0
        self.seq = 0
        self.at_ms = 0
        self.event_id = ""
        # In the order in which they were opened.
        self.positions: dict[str, Held] = {}
        # Of a partial close that was half told: the order and what was closed of it.
        self.part: tuple[str, Parts] | None = None


class ShardFold:
    """A shard's accounts, and the house's figures, as of the newest event that was folded in."""

    def __init__(self, shard: int) -> None:
        self.shard = shard
        self.last: Place = (0, 0)
        self.accounts: dict[str, AccountState] = {}
        # Whose each open order is.
        self.owners: dict[str, str] = {}
        self.fees = 0
        self.trading = 0
        self.shortfall = 0
        self.closed = 0

    def apply(self, place: Place, fields: Fields) -> Bookings:
        """Takes in the shard's next event; returns what it books. Raises Difference, and is useless then."""
        event_id = event_id_of(place)
        try:
            if place <= self.last:
                raise ValueError(f"it comes after {event_id_of(self.last)}: ids must rise")
            return self._apply(place, event_id, fields)
        except KeyError as error:
            raise self.difference(f"it has no {error}", event_id, fields) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise self.difference(str(error), event_id, fields) from error

    def difference(self, what: str, event_id: str, fields: Fields) -> Difference:
        """At an event of this shard."""
        user_id = str(fields.get("user_id", ""))
        return Difference(what, event_id=event_id, user_id=user_id, shard=self.shard)

    def _apply(self, place: Place, event_id: str, fields: Fields) -> Bookings:
        booked = bookings(fields)
        user_id, kind, seq = fields["user_id"], fields["kind"], int(fields["seq"])
        account = self.accounts.get(user_id)
        if account is None:
            account = self.accounts[user_id] = AccountState()
        if seq != account.seq + 1:
            raise ValueError(f"the account's sequence goes from {account.seq} to {seq}: events are missing")
        if (kind == "account_opened") != (seq == 1):
            raise ValueError(f"it is the account's event {seq}, but {kind}")
        balance = account.balance + cash(booked)
        if balance != int(fields["balance"]) or balance < 0:
            raise ValueError(f"the balance after it is {fields['balance']}, should be {balance}")
        if account.part is not None and kind != "reduced":
            raise ValueError(f"a part of order {account.part[0]} was closed, but its rest was not told")
        if kind in _NO_POSITION:
            if kind == "reset" and account.positions:
                raise ValueError("the account was reset with positions open")
        else:
            self._follow_order(account, event_id, fields)
        account.balance, account.seq, account.event_id = balance, seq, event_id
        account.at_ms = int(fields["at_ms"])
        self._follow_house(booked)
        self.last = place
        return booked

    def _follow_order(self, account: AccountState, event_id: str, fields: Fields) -> None:
        order, kind = fields["order_id"], fields["kind"]
        told = held(fields, event_id)
        if kind == "opened":
            if order in self.owners:
                raise ValueError(f"order {order} was opened before")
            self._hold(account, fields["user_id"], order, told, told.parts, None)
            return
        parent = fields.get("parent_order_id") or ""
        before = account.positions.get(parent or order)
        if before is None:
            raise ValueError(f"order {parent or order} is not open")
        part = account.part[1] if account.part and account.part[0] == order else None
        expected = expected_after(fields, told.parts, before.parts, part)
        account.part = None
        if kind != "closed":
            self._hold(account, fields["user_id"], order, told, expected, before)
            return
        if wrong := contradiction(told, expected, before):
            raise ValueError(wrong)
        self.closed += 1
        if parent:
            account.part = (parent, parts_of(fields))
        else:
            del account.positions[order], self.owners[order]

    def _hold(
        self,
        account: AccountState,
        user_id: str,
        order: str,
        told: Held,
        expected: Parts,
        before: Held | None,
    ) -> None:
        if wrong := contradiction(told, expected, before):
            raise ValueError(wrong)
        account.positions[order] = told
        # The account's own text, so that it isn't kept once for each order.
        self.owners[order] = user_id if before is None else self.owners[order]

    def _follow_house(self, booked: Bookings) -> None:
        for account, amount in booked:
            if account == "house_fees":
                self.fees += amount
            elif account == "house_pnl":
                self.trading += amount
            elif account == "house_shortfall":
                self.shortfall -= amount
