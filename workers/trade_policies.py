"""What TimescaleDB is told about trades: when to compress a day's chunk, and when to drop it."""

import sqlalchemy as sa

from workers.locks import Lock, wait_for

LOCK_WAIT_MS = 2_000

_IS_SET = sa.text(
    "SELECT count(*) FROM timescaledb_information.jobs"
    " WHERE hypertable_name = 'trades' AND proc_name = 'policy_' || :policy"
    " AND cast(config ->> :key AS interval) = make_interval(days => :days)"
)


def set_policies(database: sa.Engine, *, compressed_after_days: int, kept_days: int) -> list[str]:
    """Sets the policies that aren't as the settings say; returns which. Any number may do so at once."""
    wanted = {
        "compression": ("compress_after", compressed_after_days),
        "retention": ("drop_after", kept_days),
    }
    with database.begin() as connection:
        wait_for(connection, Lock.TRADE_DAYS, 0, wait_ms=LOCK_WAIT_MS)
        return [policy for policy, (key, days) in wanted.items() if _set(connection, policy, key, days)]


def _set(connection: sa.Connection, policy: str, key: str, days: int) -> bool:
    if connection.scalar(_IS_SET, {"policy": policy, "key": key, "days": days}):
        return False
    remove = f"SELECT remove_{policy}_policy('trades', if_exists => true)"
    add = f"SELECT add_{policy}_policy('trades', {key} => make_interval(days => :days))"
    connection.execute(sa.text(remove))
    connection.execute(sa.text(add), {"days": days})
    return True
