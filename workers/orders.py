"""Order events to PostgreSQL: each once, in order, with all that follows from it."""

import time
from typing import cast

import dramatiq
import redis
import sqlalchemy as sa
from dramatiq.brokers.redis import RedisBroker

from domain.orders import OrderEvent
from orders.events import read_events, trim_events
from runtime.broker import Actor, Queue, enqueue
from runtime.settings import Settings
from workers.epochs import check_epoch
from workers.journal_tables import read_offset, write_changes
from workers.locks import Lock, wait_for
from workers.projection import project
from workers.recurring import comes_again
from workers.resources import resources

# A longer backlog goes on in a message of its own, so that other shards and queues get their turn.
RUN_S = 5.0
# Somebody else is at the shard for one transaction; events that came since are then ours.
LOCK_WAIT_MS = 2_000


@comes_again
def journal_events(shard: int) -> None:
    """Actor: brings PostgreSQL up to the shard's newest event."""
    mine = resources()
    journal = ShardJournal(mine.database, mine.order_state, mine.settings, shard=shard)
    if not journal.catch_up(seconds=RUN_S):
        enqueue(cast(RedisBroker, dramatiq.get_broker()), Actor.JOURNAL, Queue.ORDERS, shard)


class ShardJournal:
    """One shard's way from the stream into PostgreSQL. Any number may work at once, also on one shard."""

    def __init__(
        self, database: sa.Engine, order_state: redis.Redis, settings: Settings, *, shard: int
    ) -> None:
        self._database = database
        self._order_state = order_state
        self._settings = settings
        self._shard = shard

    def catch_up(self, *, seconds: float) -> bool:
        """Journals until nothing is left, or for so long; True when nothing was left."""
        deadline = time.monotonic() + seconds
        while self.journal_batch():
            if time.monotonic() >= deadline:
                return False
        return True

    def journal_batch(self) -> int:
        """One transaction of at most `journal_batch_max` events; how many it had.

        The offset lies in PostgreSQL and moves with the rows, so a kill at any point changes nothing.
        Raises what workers.journal_tables.write_changes raises, WrongEpochError, and servers' errors.
        """
        with self._database.begin() as connection:
            # Most nudges come after the work is done: they leave without the lock.
            if not self._read(connection, limit=1):
                return 0
            wait_for(connection, Lock.JOURNAL, self._shard, wait_ms=LOCK_WAIT_MS)
            check_epoch(connection, self._order_state, self._shard)
            events = self._read(connection, limit=self._settings.journal_batch_max)
            if not events:
                return 0
            changes = project(events)
            write_changes(connection, self._shard, changes)
        trim_events(self._order_state, self._shard, journaled=changes.last, keep=self._settings.events_kept)
        return len(events)

    def _read(self, connection: sa.Connection, *, limit: int) -> list[OrderEvent]:
        after = read_offset(connection, self._shard)
        return read_events(self._order_state, self._shard, after=after, limit=limit)
