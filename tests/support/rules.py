"""The desk's rules over a recording, in plain integers: what a test expects, computed without the desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from poller.recording import RecordedTrade

SPREAD_BPS = 1
FEE_BPS = 50


def bid(trade_price: int) -> int:
    """What a long is closed at."""
    return trade_price - max(1, trade_price * SPREAD_BPS // 10_000)


def ask(trade_price: int) -> int:
    """What a long is opened at."""
    return trade_price + max(1, trade_price * SPREAD_BPS // 10_000)


def fee(margin: int) -> int:
    """Of opening or closing."""
    return margin * FEE_BPS // 10_000


def long_pnl(notional: int, open_price: int, close_price: int) -> int:
    """Cents, truncated toward zero."""
    product = notional * (close_price - open_price)
    return product // open_price if product >= 0 else -(-product // open_price)


def first_touch(trades: Sequence[RecordedTrade], start: int, take_profit: int) -> int:
    """The index of the first trade from `start` at which a long's take profit is reached."""
    return next(i for i in range(start, len(trades)) if bid(trades[i].price) >= take_profit)


@dataclass(frozen=True, slots=True)
class MinuteCandle:
    """A minute, computed from all of its trades."""

    time_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int


def minute_candles(trades: Sequence[RecordedTrade]) -> list[MinuteCandle]:
    """The 1-minute candles of distinct trades."""
    minutes: dict[int, list[RecordedTrade]] = {}
    for trade in sorted({trade.trade_id: trade for trade in trades}.values(), key=lambda t: t.trade_id):
        minutes.setdefault(trade.time_ms // 60_000 * 60_000, []).append(trade)
    return [
        MinuteCandle(
            time_ms=minute,
            open=found[0].price,
            high=max(trade.price for trade in found),
            low=min(trade.price for trade in found),
            close=found[-1].price,
            volume=sum(trade.quantity for trade in found),
        )
        for minute, found in sorted(minutes.items())
    ]


def take_profit_within(trades: Sequence[RecordedTrade], held: int) -> int:
    """For a long opened at trade `held - 1`: two thirds of the way up to the top of what follows."""
    entry = ask(trades[held - 1].price)
    top = max(bid(trade.price) for trade in trades[held:])
    assert top > entry, "the recording never rises above the entry"
    # On a cent, as a person types it.
    return (entry + (top - entry) * 2 // 3) // 100 * 100
