"""Both sides by the same measure: what the desk told and holds, and what the model says it must."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import orjson
import redis

from domain.orders import OrderEvent, Position
from models import LedgerAccount
from orders.events import decode_entry
from orders.keys import events_key, shard_of, shard_tag
from orders.library import PREFIX
from tests.model.engine import Model
from tests.model.state import AccountState, MarketState, Told
from workers.bookkeeping import postings


class Difference(AssertionError):
    """Desk and model disagree about one thing."""


def check(what: str, *, desk: object, model: object) -> None:
    """Raises Difference unless both are equal."""
    if desk != model:
        raise Difference(f"{what}\n  desk:  {desk}\n  model: {model}")


class Reader:
    """Reads what the desk did since the last look and what it holds now, in one round trip a step."""

    def __init__(self, client: redis.Redis, shards: int) -> None:
        self._client = client
        self._shards = shards
        self._after = ["0-0"] * shards

    def look(
        self, users: Iterable[str], symbols: Iterable[str]
    ) -> tuple[list[list[OrderEvent]], list[dict[str, Any]], list[list[dict[str, Any]]]]:
        """Each shard's new events, these accounts as they stand, each shard's prices of these assets."""
        names, wanted = list(users), list(symbols)
        with self._client.pipeline(transaction=False) as pipeline:
            for shard in range(self._shards):
                pipeline.xrange(events_key(shard), min=f"({self._after[shard]}")
            for name in names:
                tag = shard_tag(shard_of(name, self._shards))
                pipeline.fcall_ro(PREFIX + "read_account", 1, tag, name)
            for shard in range(self._shards if wanted else 0):
                pipeline.fcall_ro(PREFIX + "read_quotes", 1, shard_tag(shard), *wanted)
            answers = pipeline.execute()
        events = [self._events(shard, answers[shard]) for shard in range(self._shards)]
        read = [orjson.loads(cast(bytes, answer)) for answer in answers[self._shards :]]
        return events, read[: len(names)], read[len(names) :]

    def _events(self, shard: int, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> list[OrderEvent]:
        if entries:
            self._after[shard] = entries[-1][0].decode()
        return [decode_entry(shard, entry_id, fields) for entry_id, fields in entries]


class Books:
    """The desk's ledger, as the journal would write it."""

    def __init__(self) -> None:
        self.totals = dict.fromkeys(LedgerAccount, 0)

    def book(self, event: OrderEvent) -> None:
        """Posts an event; raises UnbalancedError when it doesn't sum to zero."""
        for account, amount in postings(event).items():
            self.totals[account] += amount


def told_of(event: OrderEvent) -> Told:
    """An event without the server's times and ids."""
    return Told(
        event.kind,
        event.user_id,
        event.seq,
        event.balance,
        event.amount,
        event.fee,
        replace(event.position, opened_at_ms=0) if event.position else None,
        replace(event.closing, closed_at_ms=0) if event.closing else None,
    )


def check_events(events: list[OrderEvent], told: list[Told]) -> None:
    """The shard's new events are those that the model tells, in its order; field by field."""
    for event, expected in zip(events, told, strict=False):
        actual = told_of(event)
        if actual != expected:
            check(f"event {event.event_id}: {_differing(actual, expected)}", desk=actual, model=expected)
        if event.balance < 0:
            raise Difference(f"a negative balance: {actual}")
    check("the number of events", desk=[e.kind for e in events], model=[t.kind for t in told])


def check_account(read: Mapping[str, Any], account: AccountState | None, user_id: str) -> None:
    """An account as the desk reads it: balance, sequence number and every position, oldest first."""
    if account is None:
        check(f"account {user_id}", desk=read.get("refused"), model="account_unknown")
        return
    desk = (read.get("balance"), read.get("seq"))
    check(f"balance and seq of {user_id}", desk=desk, model=(str(account.balance), str(account.seq)))
    positions = [replace(Position.from_fields(each), opened_at_ms=0) for each in read["positions"] or ()]
    check(f"positions of {user_id}", desk=positions, model=list(account.positions.values()))


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


def _differing(actual: Told, expected: Told) -> str:
    """Which fields, in words."""
    names = []
    for name in Told.__slots__:
        one, other = getattr(actual, name), getattr(expected, name)
        if one != other and one is not None and other is not None and hasattr(one, "__slots__"):
            names += [
                f"{name}.{each}" for each in one.__slots__ if getattr(one, each) != getattr(other, each)
            ]
        elif one != other:
            names.append(name)
    return ", ".join(names)
