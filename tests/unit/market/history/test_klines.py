"""Klines, decoded to the last digit; what is none is refused, saying why."""

from typing import Any

import pytest

from domain.units import PRICE_RAW_MAX
from market.history.klines import MalformedKline, decode_klines
from market.history.minutes import MINUTE_MS, MinuteCandle, Span

MINUTE = 29_544_000
HOUR = Span(MINUTE, MINUTE + 60)


def kline(minute: int = MINUTE, **changed: Any) -> list[Any]:
    """A row as Binance's documentation shows it."""
    fields = {
        "opened": minute * MINUTE_MS,
        "open": "64500.12000000",
        "high": "64500.99000000",
        "low": "64499.01000000",
        "close": "64500.50000000",
        "volume": "148.97674001",
        "closed": minute * MINUTE_MS + MINUTE_MS - 1,
        "quote_volume": "2434.19055334",
        "trades": 308,
        "taker_base": "1756.87402397",
        "taker_quote": "28.46694368",
        "ignore": "0",
    }
    return list((fields | changed).values())


def test_decimals_become_integers_by_their_digits() -> None:
    assert decode_klines([kline()], HOUR) == [
        MinuteCandle(MINUTE, 645_001_200, 645_009_900, 644_990_100, 645_005_000, 14_897_674_001, 308)
    ]


def test_a_minute_without_trades_is_flat() -> None:
    flat: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), "0.01000000")
    (candle,) = decode_klines([kline(volume="0.00000000", trades=0, **flat)], HOUR)
    assert candle == MinuteCandle(MINUTE, 100, 100, 100, 100, 0, 0)


def test_minutes_that_the_exchange_has_nothing_of_may_be_left_out() -> None:
    decoded = decode_klines([kline(MINUTE + 1), kline(MINUTE + 59)], HOUR)
    assert [candle.minute for candle in decoded] == [MINUTE + 1, MINUTE + 59]
    assert decode_klines([], HOUR) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"open": 64500.12}, "no decimal text"),
        ({"open": "64500.12345"}, "more than 4 decimals"),
        ({"low": "nan"}, "not a finite number"),
        ({"low": "0"}, "out of range"),
        ({"low": "64500.13", "open": "64500.12"}, "contradict each other"),
        ({"high": "64500.11"}, "contradict each other"),
        ({"high": str(PRICE_RAW_MAX)}, "out of range"),
        ({"volume": "-1"}, "volume is out of range"),
        ({"volume": "20000000000"}, "volume is out of range"),
        ({"volume": None}, "no decimal text"),
        ({"trades": "308"}, "no number of trades"),
        ({"trades": -1}, "no number of trades"),
        ({"trades": True}, "no number of trades"),
        ({"opened": MINUTE * MINUTE_MS + 1}, "not those of a minute"),
        ({"opened": MINUTE * MINUTE_MS * 1000}, "not those of a minute"),
        ({"opened": str(MINUTE * MINUTE_MS)}, "not those of a minute"),
        ({"closed": MINUTE * MINUTE_MS + 300_000 - 1}, "not those of a minute"),
    ],
)
def test_a_row_that_is_no_candle_of_a_minute_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(MalformedKline, match=why):
        decode_klines([kline(**changed)], HOUR)


def test_a_row_that_is_cut_off_is_refused() -> None:
    with pytest.raises(MalformedKline, match="has 8 fields"):
        decode_klines([kline()[:8]], HOUR)


@pytest.mark.parametrize("minutes", [[MINUTE - 1], [MINUTE + 60], [MINUTE, MINUTE], [MINUTE + 2, MINUTE + 1]])
def test_minutes_that_were_not_asked_for_come_twice_or_out_of_order_are_refused(minutes: list[int]) -> None:
    with pytest.raises(MalformedKline, match="not in order, or not of the minutes"):
        decode_klines([kline(minute) for minute in minutes], HOUR)
