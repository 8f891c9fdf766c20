"""One account's history, event by event, and its state at any time of it: from the events alone.

For support, and the proof of promise 4: replaying a trader's events gives exactly the state.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from domain.orders import EventId, EventKind, OrderEvent, Position
from models import LedgerAccount, OrderEventRow, User
from workers.bookkeeping import UnbalancedError, postings

# Events that are held in memory at once.
ROWS = 1_000


class UserUnknownError(LookupError):
    """No account has that id or e-mail."""


class BrokenHistoryError(RuntimeError):
    """The account's events contradict each other: `flask orders verify` tells more."""


@dataclass(slots=True)
class AccountState:
    """An account as its events make it. balance: cents. positions: by order id, in order of opening."""

    user_id: str
    balance: int = 0
    seq: int = 0
    positions: dict[str, Position] = field(default_factory=dict)

    def apply(self, event: OrderEvent) -> None:
        """Takes in the account's next event. Raises BrokenHistoryError."""
        if event.seq != self.seq + 1:
            raise BrokenHistoryError(f"event {event.seq} of the account comes after event {self.seq}")
        try:
            balance = self.balance + postings(event).get(LedgerAccount.TRADER_CASH, 0)
        except (UnbalancedError, ValueError) as error:
            raise BrokenHistoryError(str(error)) from error
        if balance != event.balance:
            raise BrokenHistoryError(
                f"event {event.event_id} says balance {event.balance}, the events before it make {balance}"
            )
        self.balance, self.seq = balance, event.seq
        if event.position is not None:
            self._follow(event, event.position)

    def _follow(self, event: OrderEvent, position: Position) -> None:
        if event.kind is not EventKind.CLOSED:
            self.positions[position.order_id] = position
        elif event.closing and event.closing.parent_order_id is None:
            # A part that was closed has an id of its own; what is left of the whole is told by `reduced`.
            if position.order_id not in self.positions:
                raise BrokenHistoryError(f"event {event.event_id} closes an order that is not open")
            del self.positions[position.order_id]


def find_user(connection: sa.Connection, named: str) -> str:
    """The id of an account, given that or its e-mail. Raises UserUnknownError."""
    try:
        user_id = UUID(named)
    except ValueError:
        found = connection.scalar(sa.select(User.id).where(User.email == named.strip().lower()))
        if found is None:
            raise UserUnknownError(f"no account has the e-mail or id {named!r}") from None
        return str(found)
    for column in (User.id, OrderEventRow.user_id):
        if connection.scalar(sa.select(column).where(column == user_id).limit(1)):
            return str(user_id)
    raise UserUnknownError(f"no account has the id {user_id}")


def read_history(
    connection: sa.Connection, user_id: str, *, until: datetime | None = None
) -> Iterator[OrderEvent]:
    """The account's events in PostgreSQL, oldest first, up to that time."""
    columns = (OrderEventRow.shard, OrderEventRow.event_ms, OrderEventRow.event_number, OrderEventRow.fields)
    query = sa.select(*columns).where(OrderEventRow.user_id == UUID(user_id)).order_by(OrderEventRow.seq)
    if until is not None:
        query = query.where(OrderEventRow.at <= until)
    with connection.execution_options(yield_per=ROWS).execute(query) as result:
        for shard, ms, number, fields in result:
            yield OrderEvent.from_fields(EventId(ms, number), shard, fields)


def replay(user_id: str, events: Iterable[OrderEvent]) -> Iterator[tuple[OrderEvent, AccountState]]:
    """Each event with the state after it: the same object each time, changed. Raises BrokenHistoryError."""
    state = AccountState(user_id)
    for event in events:
        state.apply(event)
        yield event, state
