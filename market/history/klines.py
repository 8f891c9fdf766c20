"""Binance's klines, decoded by their digits. Pure.

A kline is [open time, open, high, low, close, volume, close time, quote volume, trades, ...], times in
milliseconds, decimals as text (Binance Spot API, "Kline/Candlestick data"). A minute without trades comes
too: flat, at the price of the one before, with volume 0.
"""

from collections.abc import Sequence
from typing import Any

from domain.units import PRICE_RAW_MAX, NotExact, price_raw, quantity_raw
from market.history.minutes import MINUTE_MS, MinuteCandle, Span

# What a bigint column and a sum over weeks hold with room to spare.
VOLUME_MAX = 2**60
TRADES_MAX = 2**53 - 1
_FIELDS_MIN = 9
_PRICES = ("open", "high", "low", "close")


class MalformedKline(ValueError):
    """A row that is no candle of the minutes that were asked for; the message says which and why."""


def decode_klines(rows: Sequence[Sequence[Any]], span: Span) -> list[MinuteCandle]:
    """The candles of the rows, which must be of minutes of the span, in order. Raises MalformedKline."""
    candles: list[MinuteCandle] = []
    before = span.begin - 1
    for row in rows:
        candle = _decode(row)
        if not before < candle.minute < span.end:
            raise MalformedKline(
                f"{_shown(row)}: not in order, or not of the minutes {span.begin} to {span.end}"
            )
        before = candle.minute
        candles.append(candle)
    return candles


def _decode(row: Sequence[Any]) -> MinuteCandle:
    if len(row) < _FIELDS_MIN:
        raise MalformedKline(f"{_shown(row)}: has {len(row)} fields")
    opened_ms, closed_ms, trades = row[0], row[6], row[8]
    if type(opened_ms) is not int or opened_ms % MINUTE_MS or closed_ms != opened_ms + MINUTE_MS - 1:
        raise MalformedKline(f"{_shown(row)}: its times are not those of a minute, in milliseconds")
    if type(trades) is not int or not 0 <= trades <= TRADES_MAX:
        raise MalformedKline(f"{_shown(row)}: trades is no number of trades")
    try:
        open_, high, low, close = (price_raw(_text(each)) for each in row[1:5])
        volume = quantity_raw(_text(row[5]))
    except NotExact as error:
        raise MalformedKline(f"{_shown(row)}: {error}") from error
    if not 0 < low <= min(open_, close) <= max(open_, close) <= high <= PRICE_RAW_MAX:
        raise MalformedKline(f"{_shown(row)}: {', '.join(_PRICES)} contradict each other or are out of range")
    if not 0 <= volume <= VOLUME_MAX:
        raise MalformedKline(f"{_shown(row)}: volume is out of range")
    return MinuteCandle(opened_ms // MINUTE_MS, open_, high, low, close, volume, trades)


def _text(value: Any) -> str:
    # A number has been a float on its way here: its digits are not the exchange's any more.
    if not isinstance(value, str):
        raise NotExact(f"{value!r} is no decimal text")
    return value


def _shown(row: Sequence[Any]) -> str:
    return f"kline {str(list(row))[:120]}"
