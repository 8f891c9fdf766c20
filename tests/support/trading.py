"""Words for tests that trade: a market that is moved by hand, accounts, requests, what came of them."""

from dataclasses import dataclass
from itertools import count
from typing import Any, cast
from uuid import uuid4

import redis

from domain.messages import Tick
from domain.orders import FIRST_EVENT_ID, Closing, OrderEvent, Position, Side
from domain.units import price_raw
from orders.client import OpenOrder, OrderDesk, Request
from orders.codes import Code
from orders.events import read_events
from orders.keys import shard_of, terms_key
from orders.ticks import TickResult

START_BALANCE = 500_000
HOUR_MS = 3_600_000
EVENTS_MAX = 10_000
CONFIRMATIONS_MAX = 100
_trade_ids = count(1)


def request(request_id: str | None = None, *, digest: str = "0" * 64) -> Request:
    """A request with an id of its own, or with the one given."""
    return Request(request_id or uuid4().hex, digest)


def user_of_shard(shard: int, shards: int) -> str:
    """A new user's id whose account lies in this shard of so many: left to chance, some have no account."""
    while shard_of(user_id := str(uuid4()), shards) != shard:
        pass
    return user_id


def make_tick(
    symbol: str,
    price: str | int,
    *,
    trade_id: int | None = None,
    time_ms: int = 1_700_000_000_000,
    source: str = "test",
) -> Tick:
    """A trade at a price (USD text, or raw), with the next id unless one is given."""
    return Tick(
        symbol=symbol,
        trade_id=next(_trade_ids) if trade_id is None else trade_id,
        price=price_raw(price) if isinstance(price, str) else price,
        quantity=100_000,
        event_time_ms=time_ms,
        buyer_is_maker=False,
        received_time_us=time_ms * 1000,
        source=source,
    )


@dataclass
class Market:
    """An asset whose trades the test makes."""

    desk: OrderDesk
    symbol: str = "BTC"

    def trades_at(self, price: str | int, **terms: Any) -> TickResult:
        """A trade at this price: USD text, or raw; where that is a jump, also the trades that confirm it."""
        result = self.desk.apply_tick(make_tick(self.symbol, price, **terms))
        for _ in range(CONFIRMATIONS_MAX):
            if result.refusal is not Code.PRICE_UNCONFIRMED or "trade_id" in terms:
                break
            result = self.desk.apply_tick(make_tick(self.symbol, price, **terms))
        return result

    def bids(self, raw: int, **terms: Any) -> TickResult:
        """A trade that makes this the bid, where the spread is one unit each side (SPREAD_BPS 0)."""
        return self._quotes("bid", raw, raw + 1, terms)

    def asks(self, raw: int, **terms: Any) -> TickResult:
        """A trade that makes this the ask, where the spread is one unit each side (SPREAD_BPS 0)."""
        return self._quotes("ask", raw, raw - 1, terms)

    def closes_at(self, side: Side, raw: int, **terms: Any) -> TickResult:
        """A trade that makes this the price at which positions of that side close."""
        return self.bids(raw, **terms) if side is Side.LONG else self.asks(raw, **terms)

    def _quotes(self, name: str, raw: int, price: int, terms: dict[str, Any]) -> TickResult:
        result = self.trades_at(price, **terms)
        quote = self.desk.quotes()[self.symbol]
        assert getattr(quote, name) == raw, "the spread is not one unit"
        return result


@dataclass
class Trader:
    """An account with the demo balance."""

    desk: OrderDesk
    user_id: str

    @classmethod
    def with_balance(cls, desk: OrderDesk, cents: int = START_BALANCE, *, user_id: str = "") -> "Trader":
        """A new account, of some new user unless one is given."""
        trader = cls(desk, user_id or str(uuid4()))
        desk.open_account(trader.user_id, cents)
        return trader

    @classmethod
    def of_every_shard(cls, desk: OrderDesk, shards: int, *, traders: int = 0) -> "list[Trader]":
        """New accounts, one in each of the desk's shards or so many, shard after shard."""
        users = [user_of_shard(number % shards, shards) for number in range(traders or shards)]
        return [cls.with_balance(desk, user_id=user_id) for user_id in users]

    @property
    def balance(self) -> int:
        """Free cents."""
        return self.desk.account(self.user_id).balance

    @property
    def positions(self) -> tuple[Position, ...]:
        """What is open."""
        return self.desk.account(self.user_id).positions

    def buys(self, margin: int, leverage: int, **terms: int | str) -> OrderEvent:
        """Opens a long; prices in terms are USD text or raw."""
        return self.opens(Side.LONG, margin, leverage, **terms)

    def sells(self, margin: int, leverage: int, **terms: int | str) -> OrderEvent:
        """Opens a short."""
        return self.opens(Side.SHORT, margin, leverage, **terms)

    def opens(self, side: Side, margin: int, leverage: int, **terms: int | str) -> OrderEvent:
        """Opens a position."""
        order = make_order(side=side, margin=margin, leverage=leverage, **terms)
        return self.desk.open(self.user_id, request(), order)


def make_order(**terms: Any) -> OpenOrder:
    """What an open asks for: a long of $100 at 10x in BTC unless `terms` say otherwise."""
    return OpenOrder(
        order_id=str(terms.get("order_id", uuid4())),
        asset=str(terms.get("asset", "BTC")),
        side=terms.get("side", Side.LONG),
        margin=terms.get("margin", 10_000),
        leverage=terms.get("leverage", 10),
        take_profit=_price(terms.get("take_profit")),
        stop_loss=_price(terms.get("stop_loss")),
        trailing_distance=_price(terms.get("trailing_distance")),
    )


def position_of(event: OrderEvent) -> Position:
    """The event's position; fails the test when it has none."""
    assert event.position is not None
    return event.position


def closing_of(event: OrderEvent) -> Closing:
    """How the event's position ended; fails the test when it didn't."""
    assert event.closing is not None
    return event.closing


def events(client: redis.Redis, user_id: str, *, shards: int = 1) -> list[OrderEvent]:
    """All events of the account, oldest first."""
    read = read_events(client, shard_of(user_id, shards), after=FIRST_EVENT_ID, limit=EVENTS_MAX)
    return [event for event in read if event.user_id == user_id]


def closings(client: redis.Redis, user_id: str, *, shards: int = 1) -> list[Closing]:
    """How the account's positions ended, oldest first."""
    return [event.closing for event in events(client, user_id, shards=shards) if event.closing]


def stale_after(client: redis.Redis, ms: int, symbol: str = "BTC") -> None:
    """From now on the asset's price is stale so long after its trade, whatever the settings have said."""
    client.hset(terms_key(0, symbol), "stale_after_ms", ms)


def state_of(client: redis.Redis, *ignored: str) -> dict[str, bytes]:
    """Every key of the server with its content, but for keys that contain one of these words."""
    names = [key.decode() for key in cast(list[bytes], client.keys())]
    kept = [name for name in names if not any(word in name for word in ignored)]
    return {name: cast(bytes, client.dump(name)) for name in sorted(kept)}


def _price(value: int | str | None) -> int | None:
    return price_raw(value) if isinstance(value, str) else value
