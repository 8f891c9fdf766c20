"""Candles of any interval, read from those of one minute, which workers/trades.py makes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models import Candle

MINUTE = timedelta(minutes=1)
INTERVALS: dict[str, timedelta] = {
    "1m": MINUTE,
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
}
CANDLES_MAX = 20_000
# A Monday at midnight UTC: weeks, days and everything shorter are counted from it.
ALIGNMENT = datetime(2001, 1, 1, tzinfo=UTC)
# Times past it are read as it, lest alignment leave the calendar.
LATEST = datetime(9999, 1, 1, tzinfo=UTC)

Query = sa.Select[*tuple[Any, ...]]
InRange = Sequence[sa.ColumnElement[bool]]


class CandleRow(NamedTuple):
    """One candle as it is read; time_s is its start in seconds since the epoch, prices raw, volume x 10^8."""

    time_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int

    @property
    def time(self) -> datetime:
        """Its start in UTC."""
        return datetime.fromtimestamp(self.time_s, UTC)


def aligned_up(moment: datetime, width: timedelta) -> datetime:
    """The first start of a candle at or after the moment."""
    moment = min(moment, LATEST)
    return moment + (ALIGNMENT - moment) % width


def read_candles(
    connection: sa.Connection, symbol: str, interval: str, start: datetime, end: datetime, limit: int
) -> list[CandleRow]:
    """The newest `limit` candles that begin in [start, end), oldest first.

    Raises KeyError for an interval that isn't in INTERVALS, ValueError for a limit outside
    1..CANDLES_MAX or a time without a zone.
    """
    rows = connection.execute(candles_query(symbol, interval, start, end, limit)).all()
    if INTERVALS[interval] == MINUTE:
        return list(map(CandleRow._make, reversed(rows)))
    # What is added up is a numeric of PostgreSQL: it may pass a bigint.
    return [
        CandleRow(time_s, open_, high, low, close, int(volume))
        for time_s, open_, high, low, close, volume in reversed(rows)
    ]


def candles_query(symbol: str, interval: str, start: datetime, end: datetime, limit: int) -> Query:
    """What `read_candles` asks, newest candle first."""
    width = INTERVALS[interval]
    if not 1 <= limit <= CANDLES_MAX:
        raise ValueError(f"limit must be from 1 to {CANDLES_MAX}")
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end need a time zone")
    in_range = (
        Candle.symbol == symbol,
        Candle.time >= aligned_up(start, width),
        Candle.time < aligned_up(end, width),
    )
    if width == MINUTE:
        return _minutes(in_range, limit)
    return _longer(in_range, width, limit)


def _minutes(in_range: InRange, limit: int) -> Query:
    """Candles as they are stored."""
    columns = (_epoch_s(Candle.time), Candle.open, Candle.high, Candle.low, Candle.close, Candle.volume)
    return sa.select(*columns).where(*in_range).order_by(Candle.time.desc()).limit(limit)


def _longer(in_range: InRange, width: timedelta, limit: int) -> Query:
    """Candles of many minutes."""
    # `limit` candles hold at most so many minutes: the newest of them are enough, whatever the gaps, and
    # an oldest candle that they cut in two is one too many for `limit`.
    newest = sa.select(Candle).where(*in_range).order_by(Candle.time.desc()).limit(limit * (width // MINUTE))
    minutes = newest.subquery().c
    begin = sa.func.date_bin(width, minutes.time, ALIGNMENT)
    return (
        sa.select(
            _epoch_s(begin),
            _first(minutes.open, by=minutes.time.asc()),
            sa.func.max(minutes.high),
            sa.func.min(minutes.low),
            _first(minutes.close, by=minutes.time.desc()),
            sa.func.sum(minutes.volume),
        )
        .group_by(begin)
        .order_by(begin.desc())
        .limit(limit)
    )


def _epoch_s(time: sa.ColumnExpressionArgument[datetime]) -> sa.ColumnElement[int]:
    """A time as a number: cheaper to tell and to understand than its text, which shows 10,000 times over."""
    return sa.cast(sa.func.date_part("epoch", time), sa.BigInteger)


def _first(value: sa.ColumnElement[int], *, by: sa.ColumnElement[datetime]) -> sa.ColumnElement[int]:
    """The value of the first row of a group in the order of `by`."""
    return sa.func.array_agg(aggregate_order_by(value, by), type_=sa.ARRAY(sa.BigInteger))[1]
