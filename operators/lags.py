"""How far what is kept is behind what happens: the journal behind events, snapshots behind accounts."""

from collections.abc import Iterable
from dataclasses import dataclass

import redis
import sqlalchemy as sa

from domain.orders import FIRST_EVENT_ID, EventId
from models import Balance, JournalOffset, OrderSnapshot, UserSnapshot
from orders.events import newest_event_id


@dataclass(frozen=True, slots=True)
class JournalLag:
    """One shard: its newest event, the newest that PostgreSQL has, and the seconds between the two."""

    shard: int
    newest: EventId
    journaled: EventId

    @property
    def seconds(self) -> float:
        """0 when PostgreSQL has all."""
        return max(0, self.newest.ms - self.journaled.ms) / 1000 if self.newest > self.journaled else 0.0


@dataclass(frozen=True, slots=True)
class SnapshotLag:
    """changed: accounts without a snapshot of how they are now; oldest_s: since when the first of them.

    kept_bytes: that all that are kept take on PostgreSQL's disk, indexes included.
    """

    changed: int
    oldest_s: float
    kept_bytes: int


def journal_lags(
    connection: sa.Connection, order_state: redis.Redis, shards: Iterable[int]
) -> list[JournalLag]:
    """Of each shard. Raises redis.RedisError, sqlalchemy.exc.OperationalError."""
    # PostgreSQL is asked last: what it has in between is no lag.
    newest = {shard: newest_event_id(order_state, shard) or FIRST_EVENT_ID for shard in shards}
    query = sa.select(JournalOffset.shard, JournalOffset.event_ms, JournalOffset.event_number)
    stored = {shard: EventId(ms, number) for shard, ms, number in connection.execute(query)}
    return [
        # Nothing is kept of a shard that had no event yet.
        JournalLag(shard, newest_id, stored.get(shard, FIRST_EVENT_ID))
        for shard, newest_id in newest.items()
    ]


def snapshot_lag(connection: sa.Connection) -> SnapshotLag:
    """Of all accounts. Raises sqlalchemy.exc.OperationalError."""
    there = sa.exists().where(UserSnapshot.user_id == Balance.user_id, UserSnapshot.seq >= Balance.seq)
    age = sa.func.extract("epoch", sa.func.now() - sa.func.min(Balance.updated_at))
    changed, oldest_s = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(age, 0)).where(~there)
    ).one()
    tables = (UserSnapshot.__tablename__, OrderSnapshot.__tablename__)
    kept = sum(connection.scalar(sa.select(sa.func.pg_total_relation_size(name))) or 0 for name in tables)
    return SnapshotLag(changed, max(0.0, float(oldest_s)), kept)
