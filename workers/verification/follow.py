"""From PostgreSQL's events on along the stream: what the order state must be at an event that Redis names."""

from collections import deque
from collections.abc import Callable
from typing import cast

import redis

from domain.orders import EventId, OrderEvent
from orders.events import newest_event_id, read_events
from orders.keys import events_key
from workers.verification.fold import Place, ShardFold
from workers.verification.report import Progress

BATCH_EVENTS = 1_000


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
            # None is left where PostgreSQL has had all of them.
            while self._ahead and self.fold.last < end:
                event = self._ahead[0]
                place = event.event_id.ms, event.event_id.number
                if place > end:
                    return
                self._ahead.popleft()
                self.fold.apply(place, event.fields)
                self._progress.counts.stream_events += 1

    def _read_ahead(self) -> bool:
        """The stream's next events, without a gap after the fold's last; False when it has none.

        The journal trims what PostgreSQL has. When the stream doesn't reach back to the fold's last event,
        some after it may be gone. Whatever was trimmed before the stream was read, PostgreSQL has afterwards:
        with its events folded, what was read goes on where they end.
        """
        last = self.fold.last
        events = read_events(self._client, self.fold.shard, after=EventId(*last), limit=BATCH_EVENTS)
        if events and not self._reaches_back_to(last):
            self._catch_up(self.fold)
        end = EventId(*self.fold.last)
        self._ahead.extend(event for event in events if event.event_id > end)
        return bool(events)

    def _reaches_back_to(self, last: Place) -> bool:
        entries = cast(
            "list[tuple[bytes, object]]", self._client.xrange(events_key(self.fold.shard), count=1)
        )
        return bool(entries) and EventId.parse(entries[0][0].decode()) <= EventId(*last)
