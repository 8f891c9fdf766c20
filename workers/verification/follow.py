"""From PostgreSQL's events on along the stream: what the order state must be at an event that Redis names."""

from collections import deque
from collections.abc import Callable
from typing import cast

import redis

from domain.orders import EventId, OrderEvent
from orders.events import newest_event_id, read_events
from orders.keys import events_key
from workers.verification.fold import Place, ShardFold
from workers.verification.report import Difference, Progress

BATCH_EVENTS = 1_000
# How often PostgreSQL is asked for what was trimmed off the stream before the stream goes on being trimmed.
CATCH_UPS_MAX = 5


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
        """Folds all events that there are. Raises Difference."""
        if newest := newest_event_id(self._client, self.fold.shard):
            self.up_to(newest)

    def up_to(self, event_id: EventId) -> None:
        """Folds the events up to that one, or further where PostgreSQL goes further. Raises Difference."""
        end: Place = (event_id.ms, event_id.number)
        while self.fold.last < end and (self._ahead or self._read_ahead()):
            event = self._ahead[0]
            place = event.event_id.ms, event.event_id.number
            if place > end:
                break
            self._ahead.popleft()
            self.fold.apply(place, event.fields)
            self._progress.counts.stream_events += 1

    def _read_ahead(self) -> bool:
        """The next events of the stream, without a gap after the fold's last; False when there are none.

        The journal trims what PostgreSQL has. When the stream doesn't reach back to the fold's last event,
        some after it may be gone, and are read from there; if PostgreSQL has none, nothing was trimmed.
        """
        for _ in range(CATCH_UPS_MAX):
            last = self.fold.last
            events = read_events(self._client, self.fold.shard, after=EventId(*last), limit=BATCH_EVENTS)
            if events and not self._reaches_back_to(last):
                self._catch_up(self.fold)
                if self.fold.last > last:
                    continue
            self._ahead.extend(events)
            return bool(events)
        raise Difference(
            "the stream is trimmed faster than it is read: keep more of it (EVENTS_KEPT)",
            shard=self.fold.shard,
        )

    def _reaches_back_to(self, last: Place) -> bool:
        entries = cast(
            "list[tuple[bytes, object]]", self._client.xrange(events_key(self.fold.shard), count=1)
        )
        return bool(entries) and EventId.parse(entries[0][0].decode()) <= EventId(*last)
