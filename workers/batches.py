"""What the batcher holds: one batch being collected, and batches on their way to PostgreSQL.

Pure: no Kafka, no clock of its own. Times are seconds of any steady clock.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from market.trades import TradeRow
from runtime.settings import Settings

Offsets = dict[int, int]


@dataclass
class Batch:
    """Trades, and per partition the offset behind the last message they came from."""

    began: float
    batch_id: UUID = field(default_factory=uuid4)
    trades: list[TradeRow] = field(default_factory=list)
    # Messages that were no trades move the offsets too, or they would be read for ever.
    offsets: Offsets = field(default_factory=dict)
    # When it was last put in the queue; None when it must be.
    enqueued: float | None = None
    persisted: bool = False


class Batches:
    """Collects, and keeps each batch until PostgreSQL has it; offsets are let go in the order of reading."""

    def __init__(self, settings: Settings) -> None:
        self._trades_max = settings.batch_trades_max
        self._wait_s = settings.batch_wait_s
        self._confirm_s = settings.batch_confirm_s
        self._in_flight_max = settings.batches_in_flight_max
        self._collecting: Batch | None = None
        self._in_flight: deque[Batch] = deque()

    @property
    def room(self) -> int:
        """How many messages may be read now; 0 when PostgreSQL has to catch up first."""
        return max(0, self._trades_max - (len(self._collecting.trades) if self._collecting else 0))

    @property
    def in_flight(self) -> int:
        """Batches that PostgreSQL isn't known to have."""
        return len(self._in_flight)

    def add(self, partition: int, offset: int, trade: TradeRow | None, now: float) -> None:
        """One message that was read; None when it was no trade."""
        if self._collecting is None:
            self._collecting = Batch(began=now)
        if trade is not None:
            self._collecting.trades.append(trade)
        self._collecting.offsets[partition] = offset + 1

    def seal(self, now: float, *, all_of_it: bool = False) -> None:
        """Sends the collected batch on its way if it is full or has waited long enough, and there is room."""
        batch = self._collecting
        if batch is None:
            return
        due = len(batch.trades) >= self._trades_max or now - batch.began >= self._wait_s
        if all_of_it or (due and len(self._in_flight) < self._in_flight_max):
            batch.persisted = not batch.trades
            self._in_flight.append(batch)
            self._collecting = None

    def to_enqueue(self, now: float) -> list[Batch]:
        """Batches that aren't in the queue yet, or have been for too long: their message may be lost."""
        return [
            batch
            for batch in self._in_flight
            if not batch.persisted and (batch.enqueued is None or now - batch.enqueued >= self._confirm_s)
        ]

    def unconfirmed(self) -> list[UUID]:
        """The ids to ask PostgreSQL for."""
        return [
            batch.batch_id for batch in self._in_flight if batch.enqueued is not None and not batch.persisted
        ]

    def confirm(self, batch_ids: Iterable[UUID]) -> Offsets:
        """Notes that PostgreSQL has these; returns the offsets that may be committed now, if any."""
        known = set(batch_ids)
        for batch in self._in_flight:
            batch.persisted = batch.persisted or batch.batch_id in known
        offsets: Offsets = {}
        while self._in_flight and self._in_flight[0].persisted:
            offsets |= self._in_flight.popleft().offsets
        return offsets

    def postpone(self, now: float) -> None:
        """PostgreSQL couldn't be asked: nobody knows whether a batch is late, so the wait starts anew.

        Without this every batch would be enqueued again and again for as long as PostgreSQL is away.
        """
        for batch in self._in_flight:
            if batch.enqueued is not None:
                batch.enqueued = now

    def give_back(self, partitions: Iterable[int]) -> None:
        """These partitions are another's now: their offsets are not ours to commit.

        Their trades go on their way all the same, as storing a trade twice changes nothing.
        """
        for batch in (*self._in_flight, *((self._collecting,) if self._collecting else ())):
            for partition in partitions:
                batch.offsets.pop(partition, None)
