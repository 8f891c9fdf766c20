"""Candles that no trade of ours made, into PostgreSQL; and which ones are there.

Every function works in the connection's transaction. Candles are written in the order of their keys, as those
of trades are (workers/trades.py): who writes the same ones waits instead of deadlocking.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from market.history.minutes import MinuteCandle, Span
from models import Candle, CandleSource


class Oldest(NamedTuple):
    """The oldest candle of a span: its minute, and the price it opens at, raw."""

    minute: int
    open: int


_INSERT = """
    INSERT INTO candles AS old (symbol, time, open, high, low, close, volume, trades, source)
    SELECT :symbol, 'epoch'::timestamptz + minute * interval '1 minute',
           open, high, low, close, volume, trades, :source
    FROM unnest(CAST(:minute AS bigint[]), CAST(:open AS bigint[]), CAST(:high AS bigint[]),
                CAST(:low AS bigint[]), CAST(:close AS bigint[]), CAST(:volume AS bigint[]),
                CAST(:trades AS bigint[]))
         AS columns (minute, open, high, low, close, volume, trades)
    ORDER BY minute
"""
# The exchange's word on a minute that is over counts more than what we saw of it.
_REPLACE = sa.text(f"""
    {_INSERT}
    ON CONFLICT (symbol, time) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, trades = excluded.trades, source = excluded.source,
        first_trade_id = NULL, last_trade_id = NULL
    WHERE old.source <> excluded.source
""")
_ADD = sa.text(f"{_INSERT} ON CONFLICT (symbol, time) DO NOTHING")

# From the minute before the span on: how far it is to the next candle, from the last one to the span's end.
_MISSING = sa.text("""
    SELECT minute + 1 AS begin, following AS end
    FROM (
        SELECT minute, lead(minute, 1, CAST(:end AS bigint)) OVER (ORDER BY minute) AS following
        FROM (
            SELECT CAST(:begin AS bigint) - 1 AS minute
            UNION ALL
            SELECT extract(epoch FROM time)::bigint / 60
            FROM candles
            WHERE symbol = :symbol AND time >= :since AND time < :until AND source = :source
        ) AS there
    ) AS pairs
    WHERE following > minute + 1
    ORDER BY minute
""")


def store_klines(connection: sa.Connection, symbol: str, candles: Sequence[MinuteCandle]) -> int:
    """Stores the exchange's candles of minutes that are over, in place of any others; how many changed."""
    return _store(connection, _REPLACE, symbol, candles, CandleSource.BINANCE)


def store_simulated(connection: sa.Connection, symbol: str, candles: Sequence[MinuteCandle]) -> int:
    """Stores made-up candles where there are none; how many."""
    return _store(connection, _ADD, symbol, candles, CandleSource.SIMULATED)


def spans_without_klines(connection: sa.Connection, symbol: str, span: Span) -> list[Span]:
    """Where the span has no candles of the exchange's, oldest first."""
    bounds = {"begin": span.begin, "end": span.end, "since": _time(span.begin), "until": _time(span.end)}
    found = connection.execute(_MISSING, {"symbol": symbol, "source": CandleSource.BINANCE, **bounds})
    return [Span(begin, end) for begin, end in found]


def oldest_candle(connection: sa.Connection, symbol: str, *, since: int) -> Oldest | None:
    """The first candle from a minute on."""
    query = (
        sa.select(Candle.time, Candle.open)
        .where(Candle.symbol == symbol, Candle.time >= _time(since))
        .order_by(Candle.time)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Oldest(_minute(row.time), row.open) if row else None


def first_traded_minute(connection: sa.Connection, symbol: str) -> int | None:
    """The first minute, ever, that has a candle of trades."""
    query = (
        sa.select(Candle.time)
        .where(Candle.symbol == symbol, Candle.source == CandleSource.TRADES)
        .order_by(Candle.time)
        .limit(1)
    )
    time = connection.scalar(query)
    return _minute(time) if time else None


def _store(
    connection: sa.Connection,
    statement: sa.TextClause,
    symbol: str,
    candles: Sequence[MinuteCandle],
    source: CandleSource,
) -> int:
    if not candles:
        return 0
    columns = {
        name: list(values)
        for name, values in zip(MinuteCandle._fields, zip(*candles, strict=True), strict=True)
    }
    return connection.execute(statement, {"symbol": symbol, "source": source, **columns}).rowcount


def _time(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _minute(time: datetime) -> int:
    return int(time.timestamp()) // 60
