"""Do the books agree: the order state, its stream, PostgreSQL's events and what is made of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

import sqlalchemy as sa

from domain.orders import FIRST_EVENT_ID, EventId, EventKind, OrderEvent
from models import LedgerEntry, OrderEventRow
from orders.client import OrderDesk
from orders.events import read_events
from tests.faults.desk import SHARD, FaultDesk
from tests.faults.verdict import Recorded
from tests.support.books import assert_postgresql_agrees
from tests.support.trading import Trader
from workers.verification.verify import verify

STREAM_READ_MAX = 1_000_000


@dataclass
class Fold:
    """An account made of its events alone, by addition."""

    balance: int = 0
    seq: int = 0
    # Open order -> (margin, notional, take profit, stop loss, liquidation price).
    orders: dict[str, tuple[int | None, ...]] = field(default_factory=dict)


def prove_books(desk: FaultDesk) -> list[str]:
    """Everything that does not agree, in sentences; empty when the books are proven.

    The desk's own proof, and beside it the harness's, with arithmetic of its own: a proof that is wrong in
    the same way as what it proves would say nothing.
    """
    report = verify(desk.database, desk.order_state, desk.settings)
    own = [f"flask orders verify: {report.difference}"] if report.difference else []
    events = journaled_events(desk)
    folds, broken = fold(events)
    return [*own, *broken, *_against_the_stream(desk, events), *_against_the_state(desk, folds)]


def journaled_events(desk: FaultDesk) -> list[OrderEvent]:
    """All events that PostgreSQL has, oldest first."""
    table = OrderEventRow.__table__
    query = (
        sa.select(table.c.event_ms, table.c.event_number, table.c.fields)
        .where(table.c.shard == SHARD)
        .order_by(table.c.event_ms, table.c.event_number)
    )
    with desk.database.connect() as connection:
        return [
            OrderEvent.from_fields(EventId(ms, number), SHARD, fields)
            for ms, number, fields in connection.execute(query)
        ]


def recorded(events: Iterable[OrderEvent]) -> list[Recorded]:
    """Events as the verdict wants them."""
    return [Recorded(str(event.event_id), event.fields) for event in events]


def ledger_sum(desk: FaultDesk) -> int:
    """The sum of all entries, in cents: zero, or money came from nowhere."""
    with desk.database.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.sum(LedgerEntry.amount))) or 0)


def fold(events: Iterable[OrderEvent]) -> tuple[dict[str, Fold], list[str]]:
    """Every account from its events, and where an event doesn't follow from the one before."""
    folds: dict[str, Fold] = {}
    broken: list[str] = []
    for event in events:
        account = folds.setdefault(event.user_id, Fold())
        account.balance += _moved(event)
        account.seq += 1
        _follow(account, event)
        if (event.seq, event.balance) != (account.seq, account.balance):
            broken.append(
                f"event {event.event_id} says {event.seq}, {event.balance}: its account has {account.seq},"
                f" {account.balance}"
            )
            account.seq, account.balance = event.seq, event.balance
    return folds, broken


def _moved(event: OrderEvent) -> int:
    """Cents to the balance, from the event's own terms."""
    match event.kind:
        case EventKind.OPENED:
            assert event.position is not None
            return -(event.position.margin + event.fee)
        case EventKind.MARGIN_ADDED:
            return -(event.amount + event.fee)
        case EventKind.CLOSED:
            assert event.closing is not None
            return event.closing.credit
        case EventKind.REDUCED | EventKind.MODIFIED:
            return 0
        case _:
            return event.amount


def _follow(account: Fold, event: OrderEvent) -> None:
    position = event.position
    if position is None:
        return
    if event.closing is None:
        account.orders[position.order_id] = (
            position.margin,
            position.notional,
            position.take_profit,
            position.stop_loss,
            position.liquidation_price,
        )
    elif event.closing.parent_order_id is None:
        account.orders.pop(position.order_id, None)


def _against_the_stream(desk: FaultDesk, events: list[OrderEvent]) -> list[str]:
    """What is left of the stream is the newest of PostgreSQL's events, word for word."""
    stream = read_events(desk.order_state, SHARD, after=FIRST_EVENT_ID, limit=STREAM_READ_MAX)
    newest = events[-len(stream) :] if stream else []
    told = [(event.event_id, event.fields) for event in stream]
    kept = [(event.event_id, event.fields) for event in newest]
    if told == kept:
        rising = all(before.event_id < after.event_id for before, after in pairwise(stream))
        return [] if rising else ["the stream's ids do not rise"]
    only = {event_id for event_id, _ in told} ^ {event_id for event_id, _ in kept}
    return [
        f"stream and PostgreSQL differ in {len(only)} events, the first {min(only, default='by content')}"
    ]


def _against_the_state(desk: FaultDesk, folds: dict[str, Fold]) -> list[str]:
    """Accounts in the order state are their folds, and PostgreSQL's tables say the same."""
    broken = []
    client = OrderDesk(desk.order_state, desk.settings)
    for user_id, expected in folds.items():
        account = client.account(user_id)
        found = Fold(account.balance, account.seq)
        for position in account.positions:
            found.orders[position.order_id] = (
                position.margin,
                position.notional,
                position.take_profit,
                position.stop_loss,
                position.liquidation_price,
            )
        if found != expected:
            broken.append(f"account {user_id}: its events make {expected}, the order state has {found}")
    try:
        assert_postgresql_agrees(
            desk.database, client, [Trader(client, str(UUID(user_id))) for user_id in folds]
        )
    except AssertionError as error:
        broken.append(f"PostgreSQL disagrees: {error}".partition("\n")[0])
    return broken
