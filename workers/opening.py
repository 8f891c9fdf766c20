"""Opening the desk: each shard of the order state is proven whole, or brought back from PostgreSQL.

`python -m workers.opening` loads the library and opens every shard, once before the processes start. The
journal process does it again whenever a shard is closed: after a restart of its server, a failover, a loss.
"""

import redis
import sqlalchemy as sa

from domain.orders import FIRST_EVENT_ID, EventId
from operators.limits import apply_limits
from orders.gate import ShardState, begin_epoch, open_shard, read_state
from orders.library import NO_LIBRARY, install
from runtime.connections import engine, orders_redis
from runtime.logs import configure_logging, get_logger
from runtime.settings import Settings, get_settings
from workers.epochs import read_epoch, write_epoch
from workers.house import count_house
from workers.journal_tables import read_offset
from workers.locks import Lock, allow_idle, wait_for
from workers.restore import restore_shard

log = get_logger(__name__)

# Another process is opening or journaling the shard.
LOCK_WAIT_MS = 5_000
FIXED = "REPEATABLE READ"
# While Redis works PostgreSQL hears nothing; a restore that takes longer has to begin anew.
RESTORE_LIMIT_MS = 3_600_000


class StateLostError(RuntimeError):
    """Redis has a state, and not the one that PostgreSQL knows: an operator must say which one counts."""


class Opener:
    """Opens the shards of one order state. Any number may work at once, also on one shard."""

    def __init__(self, database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
        self._database = database
        self._order_state = order_state
        self._settings = settings

    def open_all(self) -> int:
        """Opens every shard that is closed; how many there were.

        Raises StateLostError, workers.restore.IncompleteError, and servers' errors; the shards before the one
        that it is about are open.
        """
        closed = [shard for shard in range(self._settings.order_shards) if not self._look(shard).open]
        for shard in closed:
            self.open(shard)
        return len(closed)

    def open(self, shard: int, *, restore: bool = False) -> None:
        """Opens one; restore: from PostgreSQL, whatever Redis has. Raises as open_all does."""
        with self._database.begin() as connection:
            wait_for(connection, Lock.JOURNAL, shard, wait_ms=LOCK_WAIT_MS)
            journaled, epoch = read_offset(connection, shard), read_epoch(connection, shard)
            state = self._look(shard)
            is_lost = restore or has_lost_all(state, journaled)
            if is_lost or epoch is None:
                # Written before Redis is: a restore that stops half way can't be taken for a whole one.
                epoch = (epoch or 0) + 1
                write_epoch(connection, shard, epoch)
        if is_lost:
            journaled = self._restore(shard, epoch)
        elif state.epoch is None and state.last_event_id >= journaled:
            begin_epoch(self._order_state, shard, epoch=epoch, journaled=journaled)
        elif state.epoch != epoch or state.last_event_id < journaled:
            raise StateLostError(
                f"shard {shard}: Redis is at event {state.last_event_id} of epoch {state.epoch},"
                f" PostgreSQL at {journaled} of epoch {epoch}. Bring the right server back, or give up what"
                f" only Redis has: flask orders restore {shard}"
            )
        # A state of before there were counts has none: limits of exposure would know nothing of what is open.
        count_house(self._database, self._order_state, shard, wait_ms=LOCK_WAIT_MS)
        # Before the first command: nobody opens what may not be opened.
        apply_limits(self._database, self._order_state, self._settings.order_shards)
        open_shard(self._order_state, shard, epoch=epoch, journaled=journaled)
        log.info("shard open", shard=shard, epoch=epoch, journaled=str(journaled))

    def _look(self, shard: int) -> ShardState:
        try:
            return read_state(self._order_state, shard)
        except redis.ResponseError as error:
            if NO_LIBRARY not in str(error):
                raise
            # The server lost it with everything else.
            install(self._order_state, self._settings)
            return read_state(self._order_state, shard)

    def _restore(self, shard: int, epoch: int) -> EventId:
        """Brings the shard back; the last event that is in it."""
        log.warning("restoring the shard from PostgreSQL", shard=shard, epoch=epoch)
        reading = self._database.execution_options(isolation_level=FIXED)
        # Two connections: what the reading one sees is fixed by its first look, after the lock is held.
        with self._database.begin() as locking:
            allow_idle(locking, limit_ms=RESTORE_LIMIT_MS)
            wait_for(locking, Lock.JOURNAL, shard, wait_ms=LOCK_WAIT_MS)
            if read_epoch(locking, shard) != epoch:
                raise StateLostError(f"shard {shard} is being restored by another process")
            with reading.begin() as connection:
                allow_idle(connection, limit_ms=RESTORE_LIMIT_MS)
                restored = restore_shard(
                    connection, self._order_state, self._settings.order_shards, shard, epoch
                )
                journaled = read_offset(connection, shard)
        log.warning(
            "shard restored",
            shard=shard,
            epoch=epoch,
            accounts=restored.accounts,
            positions=restored.positions,
        )
        return journaled


def has_lost_all(state: ShardState, journaled: EventId) -> bool:
    """Whether a shard has nothing of what PostgreSQL has, or only the half that a restore brought."""
    is_empty = state.epoch is None and state.last_event_id == FIRST_EVENT_ID
    return state.restoring or (is_empty and journaled > FIRST_EVENT_ID)


def main() -> None:
    """Loads the library, limits the web's user, and opens every shard."""
    settings = get_settings()
    configure_logging(settings, "opening")
    order_state = orders_redis(settings, name="opening")
    install(order_state, settings)
    Opener(engine(settings, name="opening"), order_state, settings).open_all()


if __name__ == "__main__":
    main()
