"""Both sides by the same measure: what the desk told and holds, and what the model says it must."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

from domain.orders import Closing, House, OrderEvent, Position, TrailingStop
from models import LedgerAccount
from tests.model.engine import Model
from tests.model.state import AccountState, MarketState, Told
from workers.bookkeeping import postings

# What both sides know of each: all but the server's times and ids.
_NAMES = tuple(each.name for each in fields(Position) if each.name != "opened_at_ms")
_POSITION = attrgetter(*_NAMES)
_PLAIN_NAMES = tuple(name for name in _NAMES if name != "trailing_stop")
_PLAIN = attrgetter(*_PLAIN_NAMES)
_CLOSING_NAMES = tuple(each.name for each in fields(Closing) if each.name != "closed_at_ms")
_CLOSING = attrgetter(*_CLOSING_NAMES)
_EVENT_NAMES = ("kind", "user_id", "seq", "balance", "amount", "fee")
_EVENT = attrgetter(*_EVENT_NAMES)


class Difference(AssertionError):
    """Desk and model disagree about one thing."""


def check(what: str, *, desk: object, model: object) -> None:
    """Raises Difference unless both are equal."""
    if desk != model:
        raise Difference(f"{what}\n  desk:  {desk}\n  model: {model}")


class Books:
    """The desk's ledger, as the journal would write it."""

    def __init__(self) -> None:
        self.totals = dict.fromkeys(LedgerAccount, 0)

    def book(self, event: OrderEvent) -> None:
        """Posts an event; raises UnbalancedError when it doesn't sum to zero."""
        for account, amount in postings(event).items():
            self.totals[account] += amount


def check_events(events: Sequence[OrderEvent], told: Sequence[Told]) -> None:
    """The shard's new events are those that the model tells, in its order; field by field."""
    for event, expected in zip(events, told, strict=False):
        if not _is_as_told(event, expected):
            check(f"event {event.event_id}: {_differing(event, expected)}", desk=event, model=expected)
        if event.balance < 0:
            raise Difference(f"a negative balance: {event}")
    check("the number of events", desk=[e.kind for e in events], model=[t.kind for t in told])


def _is_as_told(event: OrderEvent, told: Told) -> bool:
    return (
        _EVENT(event) == _EVENT(told)
        and _parts(event.position, _POSITION) == _parts(told.position, _POSITION)
        and _parts(event.closing, _CLOSING) == _parts(told.closing, _CLOSING)
    )


def check_account(
    read: Mapping[str, Any],
    account: AccountState | None,
    user_id: str,
    moving: Mapping[str, TrailingStop],
) -> None:
    """An account as the desk reads it: balance, sequence number and every position, oldest first.

    moving: by order id, trailing stops as they were; where they are read is anywhere between then and now.
    """
    if account is None:
        check(f"account {user_id}", desk=read.get("refused"), model="account_unknown")
        return
    desk = (read.get("balance"), read.get("seq"))
    check(f"balance and seq of {user_id}", desk=desk, model=(str(account.balance), str(account.seq)))
    # Lua can't tell an empty list from an empty table.
    positions = read["positions"] or []
    model = [text_of(position) for position in account.positions.values()]
    for found, expected in zip(positions, model, strict=False):
        del found["opened_at_ms"]
        # Where the desk looks for it is its own affair.
        found.pop("trailing_seq", None)
        if expected["order_id"] in moving and found != expected:
            expected |= _on_the_way(found, expected, moving[expected["order_id"]])
    check(f"positions of {user_id}", desk=positions, model=model)


def text_of(position: Position) -> dict[str, str]:
    """A position as the library writes it, without the server's time."""
    return _plain_text_of(position) | _trailing_text(position.trailing_stop)


def _trailing_text(trailing: TrailingStop | None) -> dict[str, str]:
    return {
        "trailing_distance": str(trailing.distance) if trailing else "",
        "trailing_peak": str(trailing.peak) if trailing else "",
        "trailing_price": str(trailing.stop_price) if trailing else "",
    }


def _on_the_way(
    found: Mapping[str, str], expected: Mapping[str, str], before: TrailingStop
) -> dict[str, str]:
    """What is read of a trailing stop that is being moved: its peak is one from before to now."""
    peak, now = int(found["trailing_peak"] or 0), int(expected["trailing_peak"])
    if not min(before.peak, now) <= peak <= max(before.peak, now):
        return {}
    behind = before.stop_price - before.peak
    return _trailing_text(TrailingStop(before.distance, peak, peak + behind))


@lru_cache(10_000)
def _plain_text_of(position: Position) -> dict[str, str]:
    values = zip(_PLAIN_NAMES, _PLAIN(position), strict=True)
    return {name: "" if value is None else str(value) for name, value in values}


def check_quotes(
    read: Iterable[Mapping[str, str]], markets: Mapping[str, MarketState], symbols: Iterable[str]
) -> None:
    """A shard's prices."""
    names = ("symbol", "price", "bid", "ask", "trade_id", "event_time_ms", "source", "stale")
    desk = [tuple(each[name] for name in names) for each in read or ()]
    model = [
        (
            symbol,
            *map(str, (market.prices.price, market.prices.bid, market.prices.ask, market.tick.trade_id)),
            str(market.tick.event_time_ms),
            market.tick.source,
            "1" if market.is_stale else "0",
        )
        for symbol in symbols
        if (market := markets.get(symbol))
    ]
    check("quotes", desk=desk, model=model)


class Applied:
    """When each price was applied: a tick that is refused makes no price young again."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[str, str, str]] = {}

    def check(self, shard: int, read: Iterable[Mapping[str, str]]) -> None:
        """The same trade has the same time as when it was last looked at. Raises Difference."""
        for each in read or ():
            place = (shard, each["symbol"])
            found = (each["source"], each["trade_id"], each["applied_at_ms"])
            known = self._known.get(place, found)
            if found[:2] == known[:2]:
                check(f"when {known} was applied", desk=found[2], model=known[2])
            self._known[place] = found


def check_money(model: Model, books: Books) -> None:
    """The model's own money adds up, none of it is negative, and the desk's ledger says the same."""
    cash = sum(account.balance for account in model.accounts())
    margin = sum(p.margin for account in model.accounts() for p in account.positions.values())
    house = model.house
    check(
        "money that is nobody's",
        desk=0,
        model=cash + margin + house.fees + house.pnl + house.shortfall - house.deposits,
    )
    assert all(account.balance >= 0 for account in model.accounts())
    totals = {
        LedgerAccount.TRADER_CASH: cash,
        LedgerAccount.TRADER_MARGIN: margin,
        LedgerAccount.HOUSE_FEES: house.fees,
        LedgerAccount.HOUSE_PNL: house.pnl,
        LedgerAccount.HOUSE_SHORTFALL: house.shortfall,
        LedgerAccount.DEPOSITS: -house.deposits,
    }
    check("the ledger", desk=books.totals, model=totals)


def check_house(model: Model, counted: Sequence[House]) -> None:
    """What each shard has counted: what is open there, and all together what the house has made."""
    for shard, house in zip(model.shards, counted, strict=True):
        exposures = {symbol: model.exposure(shard, symbol) for symbol in model.instruments}
        check("exposures", desk=house.exposures, model=exposures)
    check(
        "what the house made",
        desk=tuple(map(sum, zip(*((one.fees, one.trading, -one.shortfall) for one in counted), strict=True))),
        model=(model.house.fees, model.house.pnl, model.house.shortfall),
    )


def _differing(event: OrderEvent, told: Told) -> str:
    """Which fields, in words."""
    names = [name for name in _EVENT_NAMES if getattr(event, name) != getattr(told, name)]
    for part, of in (("position", _NAMES), ("closing", _CLOSING_NAMES)):
        one, other = getattr(event, part), getattr(told, part)
        if one is None or other is None:
            names += [part] if one is not other else []
        else:
            names += [f"{part}.{name}" for name in of if getattr(one, name) != getattr(other, name)]
    return ", ".join(names)


def _parts(whole: Position | Closing | None, of: Callable[[Any], tuple[object, ...]]) -> object:
    return None if whole is None else of(whole)
