"""Candles of every interval, read from minutes."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from market.candles import CANDLES_MAX, INTERVALS, CandleRow, candles_query, read_candles
from market.trades import TradeRow
from tests.support.market import NOON, NOON_MS, make_trade
from tests.support.stored import store

EARLY = datetime(2020, 1, 1, tzinfo=UTC)
LATE = datetime(2030, 1, 1, tzinfo=UTC)


def minute_trades(minutes: list[int]) -> list[TradeRow]:
    """Two trades in each of the minutes after noon: at 100 + minute, then at 200 + minute."""
    return [
        make_trade(
            minute * 2 + second, time_ms=NOON_MS + minute * 60_000 + second, price=100 * (second + 1) + minute
        )
        for minute in minutes
        for second in (0, 1)
    ]


def read(
    database: sa.Engine, interval: str, start: datetime = EARLY, end: datetime = LATE, limit: int = 1000
) -> list[CandleRow]:
    with database.connect() as connection:
        return read_candles(connection, "BTC", interval, start, end, limit)


def test_longer_candles_open_with_the_first_minute_and_close_with_the_last(database: sa.Engine) -> None:
    # Given minutes 0, 1, 4 and 7 after noon, out of order
    store(database, minute_trades([7, 1, 4, 0]))
    # When read at five minutes
    first, second = read(database, "5m")
    # Then the gap at 2, 3, 5 and 6 is of no consequence
    assert (first.time, first.open, first.high, first.low, first.close) == (NOON, 100, 204, 100, 204)
    assert (second.time, second.open, second.close) == (NOON + timedelta(minutes=5), 107, 207)
    assert first.volume == sum(trade.quantity for trade in minute_trades([0, 1, 4]))


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_is_aligned_to_utc(database: sa.Engine, interval: str) -> None:
    store(database, minute_trades([0, 700, 3000, 20_000]))
    times = [candle.time for candle in read(database, interval)]
    assert times == sorted(set(times))
    for time in times:
        assert time.tzinfo is UTC
        assert (time - datetime(2026, 3, 2, tzinfo=UTC)) % INTERVALS[interval] == timedelta(0)
    if interval == "1w":
        assert {time.strftime("%A %H:%M") for time in times} == {"Monday 00:00"}


def test_the_newest_of_the_range_come_oldest_first(database: sa.Engine) -> None:
    # Given candles with a gap of hours between the two newest
    store(database, minute_trades([0, 5, 10, 600]))
    # Then a limit of two finds the newest two, and whole ones
    assert [candle.time for candle in read(database, "5m", limit=2)] == [
        NOON + timedelta(minutes=10),
        NOON + timedelta(minutes=600),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_never_cuts_a_candle_in_two(database: sa.Engine, limit: int) -> None:
    store(database, minute_trades(list(range(17))))
    assert read(database, "5m", limit=limit) == read(database, "5m")[-limit:]


def test_a_range_holds_the_candles_that_begin_in_it(database: sa.Engine) -> None:
    store(database, minute_trades(list(range(20))))
    start, end = NOON + timedelta(minutes=3), NOON + timedelta(minutes=11)
    # Then the candle that began before the start is left out, the one that began before the end is whole
    assert read(database, "5m", start, end) == read(database, "5m")[1:3]


def test_a_range_in_the_future_is_empty(database: sa.Engine) -> None:
    store(database, minute_trades([0]))
    assert read(database, "1d", LATE, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)) == []


def test_another_symbol_is_another_market(database: sa.Engine) -> None:
    store(database, [trade._replace(symbol="ETH") for trade in minute_trades([0])])
    assert read(database, "1m") == []


def test_what_may_not_be_asked_is_refused(database: sa.Engine) -> None:
    with pytest.raises(KeyError):
        read(database, "2m")
    with pytest.raises(ValueError, match="limit"):
        read(database, "1m", limit=CANDLES_MAX + 1)
    with pytest.raises(ValueError, match="zone"):
        read(database, "1m", start=datetime(2026, 1, 1))  # noqa: DTZ001 - the point of it


@pytest.mark.parametrize("interval", INTERVALS)
def test_pages_that_end_where_the_newer_one_began_are_the_whole(database: sa.Engine, interval: str) -> None:
    # Given minutes over three weeks, with gaps
    store(database, minute_trades([number * number for number in range(170)]))
    whole = read(database, interval)
    # When they are read three at a time, the newest first
    pages: list[CandleRow] = []
    while page := read(database, interval, end=pages[0].time if pages else LATE, limit=3):
        pages = page + pages
    assert pages == whole
    assert sum(candle.volume for candle in pages) == sum(candle.volume for candle in read(database, "1m"))


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_open_candle_is_the_last_and_grows(database: sa.Engine, interval: str) -> None:
    now = datetime.now(UTC)
    now_ms = int(now.timestamp() * 1000)
    for count in (1, 2, 3):
        store(database, [make_trade(count, time_ms=now_ms, price=100 + count, quantity=7)])
        candle = read(database, interval, end=now + timedelta(seconds=1))[-1]
        assert candle.time <= now < candle.time + INTERVALS[interval]
        assert (candle.open, candle.high, candle.close) == (101, 100 + count, 100 + count)
        assert candle.volume == 7 * count


@pytest.mark.parametrize(("interval", "count", "aggregates"), [("1m", 10_080, False), ("1h", 1_000, True)])
def test_a_year_of_minutes_is_read_through_the_index(
    database: sa.Engine, interval: str, count: int, aggregates: bool
) -> None:
    # Given half a million minutes of two symbols
    fill = sa.text(
        "INSERT INTO candles SELECT symbol, timestamptz '2026-01-01Z' + i * interval '1 minute',"
        " 100, 110, 90, 105, 5, 2, i * 2, i * 2 + 1"
        " FROM generate_series(0, 249999) i, unnest(ARRAY['BTC', 'ETH']) symbol"
    )
    with database.begin() as connection:
        # What is judged here is the reading.
        connection.execute(sa.text("SET LOCAL statement_timeout = '60s'"))
        connection.execute(fill)
    with database.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE candles"))
    # When the newest are asked for
    query = candles_query("BTC", interval, EARLY, LATE, count)
    text = str(query.compile(database, compile_kwargs={"literal_binds": True}))
    with database.connect() as connection:
        plan = "\n".join(connection.scalars(sa.text(f"EXPLAIN {text}".replace(":", "\\:"))))
    # Then PostgreSQL walks the index, and never the whole table; minutes it takes as they are
    assert "pk_candles" in plan
    assert "Seq Scan" not in plan
    assert ("Aggregate" in plan) == aggregates
    assert len(read(database, interval, limit=count)) == count
