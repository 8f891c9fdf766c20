"""From PostgreSQL's events on along the stream: what the order state must be at an event that Redis names."""

from collections import deque
from collections.abc import Callable

import redis

from domain.orders import EventId, OrderEvent
from orders.events import newest_event_id, read_events
from workers.verification.fold import Place, ShardFold
from workers.verification.report import Progress

BATCH_EVENTS = 1_000
# The stream may be trimmed while it is read, of what PostgreSQL has by then: it is read from there.
CATCH_UPS_MAX = 3


class Follower:
    """A shard's fold, brought on to later events."""

    def __init__(
        self, fold: ShardFold, client: redis.Redis, progress: Progress, catch_up: Callable[[ShardFold], None]
    ) -> None:
        """catch_up: folds what PostgreSQL has by now."""
        self.fold = fold
        self._client = client
        self._progress = progress
        self._catch_up = catch_up
        self._ahead: deque[OrderEvent] = deque()

    def to_newest(self) -> None:
        """Folds all events that there are."""
        if newest := newest_event_id(self._client, self.fold.shard):
            self.up_to(newest)

    def up_to(self, event_id: EventId) -> bool:
        """Folds the events up to that one; False when it had to go further. Raises Difference."""
        end: Place = (event_id.ms, event_id.number)
        was_exact, catch_ups = True, 0
        while self.fold.last < end and (self._ahead or self._read_ahead()):
            event = self._ahead[0]
            place = event.event_id.ms, event.event_id.number
            if place > end:
                break
            if place > self.fold.last:
                if not self.fold.follows(event.fields) and catch_ups < CATCH_UPS_MAX:
                    # Those between were trimmed: PostgreSQL has them, and maybe more.
                    catch_ups += 1
                    self._catch_up(self.fold)
                    was_exact = False
                    continue
                self.fold.apply(place, event.fields)
                self._progress.counts.stream_events += 1
            self._ahead.popleft()
        return was_exact

    def _read_ahead(self) -> bool:
        """The next events of the stream; False when there are none."""
        last = EventId(*self.fold.last)
        self._ahead.extend(read_events(self._client, self.fold.shard, after=last, limit=BATCH_EVENTS))
        return bool(self._ahead)
