"""PostgreSQL's partitions of trades: one for each UTC day, made ahead, and one for all other times.

Any number may work at once. Each step is a transaction under an advisory lock, looks anew at what is there,
and waits for a table no longer than LOCK_WAIT_MS, as whoever wants to store trades then waits behind it.
"""

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from models.trade import DEFAULT_PARTITION, day_partition
from workers.locks import Lock, wait_for

LOCK_WAIT_MS = 2_000
# Moving a day's rows takes longer than other statements, once: at the first start after the table was split.
MOVE_LIMIT_MS = 60_000
# Of the default partition's pages; 1,024 hold some 100,000 trades.
PAGES_AT_ONCE = 1_024
DAY = timedelta(days=1)

_PARTITIONS = sa.text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
    " WHERE inhparent = 'trades'::regclass"
)
_PAGES = sa.text(
    "SELECT pg_relation_size(to_regclass(:table)) / cast(current_setting('block_size') AS integer)"
)
# By pages, so that what goes is found in one pass over the table, without an index on time.
_DELETE = sa.text(
    f"DELETE FROM {DEFAULT_PARTITION} WHERE time < :before"  # noqa: S608 - a constant
    " AND ctid >= cast(:first AS tid) AND ctid < cast(:beyond AS tid)"
)


def is_partitioned(connection: sa.Connection) -> bool:
    """Whether PostgreSQL by itself splits the trades; TimescaleDB does otherwise."""
    kind = sa.text("SELECT relkind = 'p' FROM pg_class WHERE oid = 'trades'::regclass")
    return bool(connection.scalar(kind))


def days_there(connection: sa.Connection) -> set[date]:
    """The days that have a partition."""
    tables = set(connection.scalars(_PARTITIONS)) - {DEFAULT_PARTITION}
    return {datetime.strptime(table, "trades_%Y%m%d").replace(tzinfo=UTC).date() for table in tables}


def make_days(database: sa.Engine, first: date, last: date) -> list[date]:
    """Makes the partitions that are missing; returns their days. Raises OperationalError (55P03, 57014) when
    trades couldn't be kept waiting for it long enough: those made until then stay."""
    return [
        day for number in range((last - first).days + 1) if _make_day(database, day := first + number * DAY)
    ]


def drop_days(database: sa.Engine, before: date) -> list[date]:
    """Drops the partitions of earlier days; returns which. Raises OperationalError (55P03) as make_days."""
    with database.connect() as connection:
        old = sorted(day for day in days_there(connection) if day < before)
    return [day for day in old if _drop_day(database, day)]


def delete_strays(database: sa.Engine, before: date) -> int:
    """Deletes earlier trades from the default partition, PAGES_AT_ONCE in a transaction; returns how many."""
    with database.connect() as connection:
        pages = connection.scalar(_PAGES, {"table": DEFAULT_PARTITION}) or 0
    deleted = 0
    for page in range(0, pages, PAGES_AT_ONCE):
        span = {"first": f"({page},0)", "beyond": f"({page + PAGES_AT_ONCE},0)"}
        with database.begin() as connection:
            deleted += connection.execute(_DELETE, {"before": _midnight(before), **span}).rowcount
    return deleted


def _make_day(database: sa.Engine, day: date) -> bool:
    table, begin, end = day_partition(day), _midnight(day), _midnight(day + DAY)
    with database.begin() as connection:
        wait_for(connection, Lock.TRADE_DAYS, 0, wait_ms=LOCK_WAIT_MS)
        if day in days_there(connection):
            return False
        for statement in (
            f"SET LOCAL statement_timeout = {MOVE_LIMIT_MS}",
            # The whole table's before a part's, as who stores trades takes them: nobody has the one and wants
            # the other of two who wait for each other. Reads go on.
            "LOCK TABLE ONLY trades IN SHARE ROW EXCLUSIVE MODE",
            f"CREATE TABLE {table} (LIKE trades INCLUDING ALL)",
            f"WITH moved AS (DELETE FROM {DEFAULT_PARTITION} WHERE time >= '{begin}' AND time < '{end}'"  # noqa: S608 - of a date
            f" RETURNING *) INSERT INTO {table} SELECT * FROM moved",
            f"ALTER TABLE trades ATTACH PARTITION {table} FOR VALUES FROM ('{begin}') TO ('{end}')",
        ):
            connection.exec_driver_sql(statement)
    return True


def _drop_day(database: sa.Engine, day: date) -> bool:
    with database.begin() as connection:
        wait_for(connection, Lock.TRADE_DAYS, 0, wait_ms=LOCK_WAIT_MS)
        if day not in days_there(connection):
            return False
        connection.exec_driver_sql(f"DROP TABLE {day_partition(day)}")
    return True


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
