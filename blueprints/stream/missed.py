"""The order messages that a client missed: from the journal in PostgreSQL, what came since from the stream.

Together they have every event of an account from its first one on. What PostgreSQL has is found by account
and number, however busy the others are; the shard's stream is read only from there on.
"""

from uuid import UUID

import gevent
import redis
import sqlalchemy as sa
from gevent.lock import BoundedSemaphore
from sqlalchemy.orm import Session

from domain.orders import FIRST_EVENT_ID, Account, EventId, OrderEvent
from models import JournalOffset, OrderEventRow
from orders.client import OrderDesk
from orders.events import read_events_back
from orders.keys import shard_of
from runtime.connections import DATABASE_AWAY
from runtime.logs import get_logger
from runtime.settings import Settings

_PAGE = 500
# Events of all of the shard's accounts that are looked through for those of one.
_LOOKED_THROUGH_MAX = 10_000
# Looked up at once in one process: after a restart everybody comes back together.
_AT_ONCE = 4

log = get_logger(__name__)


class MissedEvents:
    """Reads what an account's client missed."""

    def __init__(
        self, engine: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
    ) -> None:
        self._engine = engine
        self._order_state = order_state
        self._desk = desk
        self._settings = settings
        self._turns = BoundedSemaphore(_AT_ONCE)

    def since(self, user_id: str, seq: int, *, before: int | None) -> list[OrderEvent] | None:
        """The account's events after number `seq`, in order, up to the newest or to the one before `before`.

        None when they are more than STREAM_RESUME_MAX, or can't be had: the client needs the account as it
        stands. Raises redis.RedisError.
        """
        with self._turns:
            newest = self._desk.seq(user_id) if before is None else max(seq, before - 1)
            if not seq <= newest <= seq + self._settings.stream_resume_max:
                return None
            events = self._read(user_id, seq, newest) if seq < newest else []
            if [event.seq for event in events] != list(range(seq + 1, newest + 1)):
                log.info("missed messages can't be had", since=seq, newest=newest, found=len(events))
                return None
            return events

    def account(self, user_id: str) -> Account:
        """The account as it stands. Raises redis.RedisError, Refused."""
        return self._desk.account(user_id)

    def _read(self, user_id: str, seq: int, newest: int) -> list[OrderEvent]:
        shard = shard_of(user_id, self._settings.order_shards)
        try:
            journaled_to, events = self._journaled(user_id, shard, seq, newest)
        except DATABASE_AWAY:
            # A short stream may have them all the same.
            journaled_to, events = FIRST_EVENT_ID, []
        reached = events[-1].seq if events else seq
        if reached < newest:
            events += self._streamed(user_id, shard, range(reached + 1, newest + 1), after=journaled_to)
        return events

    def _journaled(self, user_id: str, shard: int, seq: int, newest: int) -> tuple[EventId, list[OrderEvent]]:
        """How far the shard is journaled at least, and what of the account's is. Raises DATABASE_AWAY."""
        rows = (
            sa.select(OrderEventRow)
            .where(
                OrderEventRow.user_id == UUID(user_id),
                OrderEventRow.seq > seq,
                OrderEventRow.seq <= newest,
            )
            .order_by(OrderEventRow.seq)
        )
        with Session(self._engine) as session:
            # First: what is journaled meanwhile is read twice rather than not at all.
            offset = session.get(JournalOffset, shard)
            return (
                EventId(offset.event_ms, offset.event_number) if offset else FIRST_EVENT_ID,
                [
                    OrderEvent.from_fields(EventId(row.event_ms, row.event_number), row.shard, row.fields)
                    for row in session.scalars(rows)
                ],
            )

    def _streamed(self, user_id: str, shard: int, wanted: range, *, after: EventId) -> list[OrderEvent]:
        """The account's events of these numbers that the shard's stream has after an id, in order."""
        found: list[OrderEvent] = []
        before: EventId | None = None
        # From the newest back: what was missed is not long ago.
        for _ in range(0, _LOOKED_THROUGH_MAX, _PAGE):
            page = read_events_back(self._order_state, shard, after=after, before=before, limit=_PAGE)
            found += [event for event in page if event.user_id == user_id and event.seq in wanted]
            if len(page) < _PAGE or len(found) == len(wanted):
                break
            before = page[-1].event_id
            # A page takes some milliseconds to decode.
            gevent.sleep(0)
        return found[::-1]
