"""The batcher process: trades from Kafka to PostgreSQL in batches, through the workers.

`python -m workers.batcher`. Any number may run; Kafka spreads the partitions over them. Offsets are
committed only when PostgreSQL has the trades (design, sections 6 and 7).
"""

import time
from uuid import UUID

import redis.exceptions
import sqlalchemy as sa
from dramatiq.brokers.redis import RedisBroker

from market.trades import TradeColumns, TradeRow
from models import TradeBatch
from operators.parking import kept_subjects
from runtime.broker import Actor, Queue, connect_broker, enqueue
from runtime.connections import engine
from runtime.failures import SERVER_AWAY, brief
from runtime.logs import get_logger
from runtime.process import Stop, start_process
from runtime.settings import Settings
from workers import batch_meters
from workers.batches import Batch, Batches
from workers.trade_log import LogEntry, TradeLog

log = get_logger(__name__)

# How long one step may wait for messages: the grain of everything else.
READ_S = 0.05
# How long a stopping batcher waits for more before it takes it that there is none.
DRAIN_S = 0.2
# Between two questions whether PostgreSQL has the batches: when there is room for more, when all waits for
# the answer, and after a server was away.
CONFIRM_EVERY_S = 0.05
CONFIRM_FULL_S = 0.02
PAUSE_AFTER_S = 2.0
AWAY_S = 1.0
METER_EVERY_S = 1.0

# One array rather than a list of parameters: the same statement however many are asked for.
_ASKED = sa.bindparam("asked", type_=sa.ARRAY(sa.Uuid()))
_PERSISTED = sa.select(TradeBatch.id).where(TradeBatch.id == sa.func.any(_ASKED))


class Batcher:
    """One step after the other: read, seal, enqueue, confirm, commit."""

    def __init__(self, settings: Settings, broker: RedisBroker, database: sa.Engine) -> None:
        self._broker = broker
        # It only asks: no transaction to begin and to end.
        self._database = database.execution_options(isolation_level="AUTOCOMMIT")
        self._batches = Batches(settings)
        self._log = TradeLog(settings, revoked=self._batches.give_back)
        self._full_since: float | None = None
        self._enqueue_at = 0.0
        self._confirm_at = 0.0
        self._meter_at = 0.0
        # Messages that were no trades, since the start.
        self.skipped = 0

    def step(self) -> None:
        """Reads what there is room for and moves every batch on."""
        self._collect(self._read())
        self._batches.seal(time.monotonic())
        self._move_on()
        self._meter()

    def finish(self, seconds: float) -> None:
        """Sees through what there is for so long; what PostgreSQL doesn't have by then is not committed.

        Leaving the group may take as long again.
        """
        deadline = time.monotonic() + seconds
        self._drain(deadline)
        self._batches.seal(time.monotonic(), all_of_it=True)
        self._move_on()
        while self._batches.in_flight and time.monotonic() < deadline:
            time.sleep(READ_S)
            self._move_on()
        if self._batches.in_flight:
            log.info("given back", batches=self._batches.in_flight)
        self._log.close(seconds)

    def _meter(self) -> None:
        now = time.monotonic()
        if now < self._meter_at:
            return
        self._meter_at = now + METER_EVERY_S
        batch_meters.IN_FLIGHT.set(self._batches.in_flight)
        batch_meters.LAG.set(self._log.lag())

    def _drain(self, deadline: float) -> None:
        """Takes in what is ready to be read: a broker that keeps its log in memory is about to go as well."""
        while time.monotonic() < deadline and (room := self._batches.room):
            entries = self._log.read(room, DRAIN_S)
            self._collect(entries)
            if not entries:
                return
            self._batches.seal(time.monotonic())
            self._move_on()

    def _collect(self, entries: list[LogEntry]) -> None:
        now = time.monotonic()
        batch_meters.MESSAGES.inc(len(entries))
        for entry in entries:
            self._batches.add(entry.partition, entry.offset, self._trade(entry), now)

    def _read(self) -> list[LogEntry]:
        """What there is room for. Without room: nothing, at first by not asking, then by pausing.

        Kafka calls back from within reads, so they can't be left out for long; but what it takes to
        resume after a pause (a second) would be lost at every short wait for PostgreSQL.
        """
        room = self._batches.room
        if room:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = time.monotonic()
        full_s = 0.0 if self._full_since is None else time.monotonic() - self._full_since
        if not room and full_s < PAUSE_AFTER_S:
            time.sleep(CONFIRM_FULL_S)
            return []
        self._log.pause(not room)
        return self._log.read(max(room, 1), READ_S)

    def _move_on(self) -> None:
        now = time.monotonic()
        if now >= self._enqueue_at:
            self._enqueue(now)
        if now >= self._confirm_at and self._batches.in_flight:
            self._confirm(now)

    def _enqueue(self, now: float) -> None:
        for batch in self._batches.to_enqueue(now):
            again = batch.enqueued is not None
            try:
                columns = TradeColumns.of(batch.trades)
                enqueue(self._broker, Actor.PERSIST_TRADES, Queue.TRADES, str(batch.batch_id), columns)
            except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
                log.warning("not enqueued: Redis is away", error=brief(error))
                self._enqueue_at = now + AWAY_S
                return
            batch.enqueued = now
            self._tell(batch, again)

    def _confirm(self, now: float) -> None:
        try:
            persisted = self._persisted()
        except SERVER_AWAY as error:
            log.warning("PostgreSQL is away; batches wait", error=brief(error))
            self._batches.postpone(now)
            self._confirm_at = now + AWAY_S
            return
        self._log.commit(self._batches.confirm(persisted))
        self._confirm_at = now + (CONFIRM_EVERY_S if self._batches.room else CONFIRM_FULL_S)

    def _persisted(self) -> list[UUID]:
        asked = self._batches.unconfirmed()
        if not asked:
            return []
        with self._database.connect() as connection:
            stored = list(connection.scalars(_PERSISTED, {"asked": asked}))
            # A parked batch is in PostgreSQL too, whole, for an operator to retry: it must not hold up the
            # rest.
            parked = kept_subjects(connection, Actor.PERSIST_TRADES, map(str, asked))
        return stored + [UUID(batch_id) for batch_id in parked]

    def _trade(self, entry: LogEntry) -> TradeRow | None:
        try:
            return TradeRow.decode(entry.payload)
        except ValueError as error:
            self.skipped += 1
            batch_meters.SKIPPED.inc()
            log.warning(
                "skipped a message that is no trade",
                partition=entry.partition,
                offset=entry.offset,
                error=str(error),
                skipped=self.skipped,
            )
            return None

    def _tell(self, batch: Batch, again: bool) -> None:
        if again:
            batch_meters.AGAIN.inc()
            log.warning("batch enqueued again: PostgreSQL has it not", batch_id=str(batch.batch_id))
        else:
            log.debug("batch enqueued", batch_id=str(batch.batch_id), trades=len(batch.trades))


def run(settings: Settings, stop: Stop) -> None:
    """Batches until the stop, then finishes within the time that a stop may take."""
    batcher = Batcher(settings, connect_broker(settings), engine(settings, name="batcher"))
    while not stop:
        batcher.step()
    # Twice that, and a rest to end with.
    batcher.finish(settings.graceful_stop_s * 0.4)


if __name__ == "__main__":
    run(*start_process("batcher", batch_meters.METRICS))
