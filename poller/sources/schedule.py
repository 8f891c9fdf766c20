"""When each row of a replay is due, and under which id and time it goes out. Pure.

A position counts rows over all loops: loop x rows + index. Everything follows from the position and from what
was stored when the run began and when its hold ended, never from the clock: a row sent
again after a crash is the same trade to everybody.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self

from domain.messages import Tick
from poller.recording import RecordedTrade, Recording


@dataclass(frozen=True, slots=True)
class Schedule:
    """How one recording is replayed.

    speed: 1 as recorded, 10 ten times as fast, 0 as fast as possible.
    times, of the ticks sent:
    - "recorded": as in the file.
    - "now", speed > 0: the anchor plus what passed in the file divided by the speed, which is when the row is
      due. At speed 1 candles keep their shape; at others they are squeezed or stretched, but stay near now.
    - "now", speed 0: spaced as recorded, the file's first pass ending at the anchor, as if it was history.
      Later loops run ahead of the clock: give endless replays a speed.
    Loop k adds k x (largest id - smallest id + 1) to the ids and k x (duration + 1 ms) to the file's times.
    anchor_ms: the wall clock when the run began. hold_after: rows before the hold, 0 for none. held_ms: how
    much later everything after the hold goes out; None as long as it isn't known.
    """

    recording: Recording
    symbol: str
    source: str
    speed: float
    times: Literal["now", "recorded"]
    anchor_ms: int
    hold_after: int = 0
    held_ms: int | None = None

    def let_go(self, go_ms: int, first_held: RecordedTrade) -> Self:
        """The schedule once the hold has ended; first_held is the row at position `hold_after`."""
        return replace(self, held_ms=max(0, go_ms - self._running_ms(self.hold_after, first_held)))

    def holds_at(self, position: int) -> bool:
        """Whether this row must wait for the word to go."""
        return self._after_hold(position) and self.held_ms is None

    def due_ms(self, position: int, row: RecordedTrade) -> int:
        """The wall clock at which the row is sent, ms since the epoch."""
        return self._running_ms(position, row) + self._delay_ms(position)

    def tick(self, position: int, row: RecordedTrade, *, received_time_us: int) -> Tick:
        """The row as it goes out."""
        loop = position // self.recording.trades
        ids = self.recording.trade_id_max - self.recording.trade_id_min + 1
        return Tick(
            symbol=self.symbol,
            trade_id=row.trade_id + loop * ids,
            price=row.price,
            quantity=row.quantity,
            event_time_ms=self._event_time_ms(position, row),
            buyer_is_maker=row.buyer_is_maker,
            received_time_us=received_time_us,
            source=self.source,
        )

    @property
    def _duration_ms(self) -> int:
        return self.recording.time_ms_max - self.recording.first_time_ms

    def _elapsed_ms(self, position: int, row: RecordedTrade) -> int:
        """Recorded milliseconds since the first row of the first loop."""
        loop = position // self.recording.trades
        return row.time_ms - self.recording.first_time_ms + loop * (self._duration_ms + 1)

    def _running_ms(self, position: int, row: RecordedTrade) -> int:
        """When the row is due had there been no hold."""
        if self.speed == 0:
            return self.anchor_ms
        return self.anchor_ms + int(self._elapsed_ms(position, row) / self.speed)

    def _after_hold(self, position: int) -> bool:
        return 0 < self.hold_after <= position

    def _delay_ms(self, position: int) -> int:
        return self.held_ms if self.held_ms is not None and self._after_hold(position) else 0

    def _event_time_ms(self, position: int, row: RecordedTrade) -> int:
        elapsed_ms = self._elapsed_ms(position, row)
        if self.times == "recorded":
            return self.recording.first_time_ms + elapsed_ms
        if self.speed == 0:
            return self.anchor_ms - self._duration_ms + elapsed_ms + self._delay_ms(position)
        return self.due_ms(position, row)
