"""Candles of other sources than trades: what replaces what, and what is found missing."""

from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.history.minutes import MinuteCandle, Span
from market.history.store import (
    first_traded_minute,
    oldest_candle,
    spans_without_klines,
    store_klines,
    store_simulated,
)
from tests.support.past_candles import Stored, stored, stored_minutes, trade_at
from tests.support.stored import store

MINUTE = 29_544_000


def candle(minute: int, price: int = 645_000_000) -> MinuteCandle:
    return MinuteCandle(minute, price, price + 300, price - 200, price + 100, 14_897_674_001, 308)


def test_klines_are_stored_to_the_last_digit(database: sa.Engine) -> None:
    candles = [candle(MINUTE + number) for number in range(3)]
    with database.begin() as connection:
        assert store_klines(connection, "BTC", candles) == 3
        assert store_klines(connection, "BTC", []) == 0
    assert stored(database) == [Stored(each, "binance") for each in candles]
    assert stored(database, "ETH") == []


def test_a_kline_takes_the_place_of_a_candle_of_trades_or_of_a_made_up_one(database: sa.Engine) -> None:
    # Given a minute of trades, and one that was made up
    store(database, [trade_at(MINUTE)])
    with database.begin() as connection:
        store_simulated(connection, "BTC", [candle(MINUTE + 1, price=700_000_000)])
    klines = [candle(MINUTE), candle(MINUTE + 1)]
    with database.begin() as connection:
        assert store_klines(connection, "BTC", klines) == 2
    assert stored(database) == [Stored(each, "binance") for each in klines]
    # And once there, it is not written again
    with database.begin() as connection:
        assert store_klines(connection, "BTC", klines) == 0


def test_a_made_up_candle_takes_no_place(database: sa.Engine) -> None:
    store(database, [trade_at(MINUTE)])
    with database.begin() as connection:
        store_klines(connection, "BTC", [candle(MINUTE + 1)])
    before = stored(database)
    made_up = [candle(MINUTE + number, price=1_000_000) for number in range(3)]
    with database.begin() as connection:
        assert store_simulated(connection, "BTC", made_up) == 1
    assert stored(database) == [*before, Stored(made_up[2], "simulated")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(-3, 23)), st.sets(st.integers(0, 19)))
def test_what_has_no_kline_is_missing_whatever_else_is_there(
    database: sa.Engine, klines: set[int], traded: set[int]
) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE trades, candles, trade_batches"))
    for minute in traded:
        store(database, [trade_at(MINUTE + minute, trade_id=minute)])
    with database.begin() as connection:
        store_klines(connection, "BTC", [candle(MINUTE + minute) for minute in sorted(klines)])
        found = spans_without_klines(connection, "BTC", Span(MINUTE, MINUTE + 20))
        assert spans_without_klines(connection, "ETH", Span(MINUTE, MINUTE + 20)) == [
            Span(MINUTE, MINUTE + 20)
        ]
    minutes = [minute - MINUTE for span in found for minute in range(span.begin, span.end)]
    assert minutes == sorted(set(range(20)) - klines)
    # And they are as few spans as can be
    assert all(before.end < after.begin for before, after in pairwise(found))


def test_the_first_traded_minute_is_the_first_ever_that_trades_made(database: sa.Engine) -> None:
    with database.begin() as connection:
        assert first_traded_minute(connection, "BTC") is None
        assert oldest_candle(connection, "BTC", since=MINUTE) is None
        store_klines(connection, "BTC", [candle(MINUTE - 5)])
        store_simulated(connection, "BTC", [candle(MINUTE - 4, price=630_000_000)])
        assert first_traded_minute(connection, "BTC") is None
    store(database, [trade_at(MINUTE), trade_at(MINUTE + 1, trade_id=2)])
    with database.begin() as connection:
        assert first_traded_minute(connection, "BTC") == MINUTE
        assert first_traded_minute(connection, "ETH") is None
        assert oldest_candle(connection, "BTC", since=MINUTE - 4) == (MINUTE - 4, 630_000_000)
        assert oldest_candle(connection, "BTC", since=MINUTE + 2) is None


def test_a_candle_that_cannot_be_is_refused_by_the_table(database: sa.Engine) -> None:
    broken = candle(MINUTE)._replace(low=0)
    with pytest.raises(sa.exc.IntegrityError), database.begin() as connection:
        store_klines(connection, "BTC", [candle(MINUTE - 1), broken])
    assert stored_minutes(database, "binance") == []
