"""Trades and ticks to test with."""

from datetime import UTC, datetime
from typing import Any

from domain.messages import PastTick, Tick
from market.trades import TradeRow

# A Wednesday, on the minute.
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def make_trade(trade_id: int, /, **changed: Any) -> TradeRow:
    """A BTC trade; ids, times and prices rise together."""
    return TradeRow(
        symbol="BTC",
        trade_id=trade_id,
        time_ms=NOON_MS + trade_id * 250,
        price=645_000_000 + (trade_id * 7919) % 1000,
        quantity=100_000 + trade_id,
        buyer_is_maker=trade_id % 2 == 0,
    )._replace(**changed)


def make_trades(first: int, count: int, **changed: Any) -> list[TradeRow]:
    """So many trades in a row."""
    return [make_trade(trade_id, **changed) for trade_id in range(first, first + count)]


def make_tick(trade_id: int, /, **changed: Any) -> Tick:
    """The tick of `make_trade`."""
    trade = make_trade(trade_id)
    fields: dict[str, Any] = {
        "symbol": trade.symbol,
        "trade_id": trade.trade_id,
        "price": trade.price,
        "quantity": trade.quantity,
        "event_time_ms": trade.time_ms,
        "buyer_is_maker": trade.buyer_is_maker,
        "received_time_us": trade.time_ms * 1000,
        "source": "test",
    }
    return Tick(**(fields | changed))


def make_past_tick(trade_id: int, /, **changed: Any) -> PastTick:
    """The tick of `make_trade`, for the history only."""
    tick = make_tick(trade_id, **changed)
    return PastTick(**{name: getattr(tick, name) for name in Tick.__dataclass_fields__})
