"""PostgreSQL's advisory locks, each held to the end of a transaction, and what they stand for."""

from enum import IntEnum

import sqlalchemy as sa


class Lock(IntEnum):
    """The first of a lock's two numbers; the second tells shards apart."""

    JOURNAL = 0x6A6F7572
    SNAPSHOTS = 0x736E6170
    HISTORY = 0x68697374
    TRADE_DAYS = 0x64617973


def wait_for(connection: sa.Connection, lock: Lock, number: int, *, wait_ms: int) -> None:
    """Takes the lock when its holder lets go; raises OperationalError (55P03) when that takes too long."""
    connection.execute(sa.select(sa.func.set_config("lock_timeout", f"{wait_ms}ms", True)))
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(int(lock), number)))


def try_lock(connection: sa.Connection, lock: Lock, number: int = 0) -> bool:
    """Takes the lock if nobody holds it."""
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(int(lock), number))))


def allow_idle(connection: sa.Connection, *, limit_ms: int) -> None:
    """Lets the transaction hold its locks for so long while the work is done elsewhere."""
    limit = sa.func.set_config("idle_in_transaction_session_timeout", f"{limit_ms}ms", True)
    connection.execute(sa.select(limit))
