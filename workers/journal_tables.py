"""The tables that the journal alone writes: changes of order events in, rows in PostgreSQL out."""

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.orders import FIRST_EVENT_ID, EventId
from market.trades import at_ms
from models import (
    ActiveOrder,
    Balance,
    Base,
    ClosedOrder,
    JournalOffset,
    LedgerEntry,
    OrderEventRow,
    PlatformProfit,
)
from models.base import epoch_ms
from workers.hashchain import FIRST_HASH, event_hash
from workers.projection import BrokenSequenceError, Changes, Row


def read_offset(connection: sa.Connection, shard: int) -> EventId:
    """The last event of the shard that PostgreSQL has; FIRST_EVENT_ID before any."""
    query = sa.select(JournalOffset.event_ms, JournalOffset.event_number).where(JournalOffset.shard == shard)
    row = connection.execute(query).one_or_none()
    return EventId(*row) if row else FIRST_EVENT_ID


def write_changes(connection: sa.Connection, shard: int, changes: Changes) -> None:
    """Writes all the changes and moves the offset, in the connection's transaction.

    Raises BrokenSequenceError when events between PostgreSQL's last and these are missing, and
    IntegrityError when the tables' constraints refuse a row. The caller holds the shard's journal lock.
    """
    _check_sequence(connection, changes)
    newest = chain(_newest_hash(connection, shard), changes.events)
    connection.execute(sa.insert(OrderEventRow), changes.events)
    if changes.entries:
        connection.execute(sa.insert(LedgerEntry), changes.entries)
    if changes.closed:
        connection.execute(sa.insert(ClosedOrder), changes.closed)
    if changes.ended:
        connection.execute(sa.delete(ActiveOrder).where(ActiveOrder.order_id.in_(changes.ended)))
    _set_rows(connection, ActiveOrder, list(changes.active.values()), key="order_id")
    _set_rows(connection, Balance, list(changes.balances.values()), key="user_id")
    _add_profit(connection, shard, changes)
    offset: Row = {
        "shard": shard,
        "event_ms": changes.last.ms,
        "event_number": changes.last.number,
        "hash": newest,
        "updated_at": at_ms(changes.at_ms),
    }
    _set_rows(connection, JournalOffset, [offset], key="shard")


def chain(previous: bytes, events: list[Row]) -> bytes:
    """Adds to rows of order_events, a shard's in a row, their hashes; returns the newest."""
    for row in events:
        row["hash"] = previous = event_hash(
            previous,
            shard=row["shard"],
            event_id=f"{row['event_ms']}-{row['event_number']}",
            user_id=str(row["user_id"]),
            seq=row["seq"],
            kind=row["kind"],
            balance=row["balance"],
            at_ms=epoch_ms(row["at"]),
            fields=row["fields"],
        )
    return previous


def _newest_hash(connection: sa.Connection, shard: int) -> bytes:
    query = sa.select(JournalOffset.hash).where(JournalOffset.shard == shard)
    return connection.scalar(query) or FIRST_HASH


def _check_sequence(connection: sa.Connection, changes: Changes) -> None:
    query = sa.select(Balance.user_id, Balance.seq).where(Balance.user_id.in_(changes.first_seqs))
    known = dict(connection.execute(query).all())
    for user_id, first in changes.first_seqs.items():
        if first != known.get(user_id, 0) + 1:
            raise BrokenSequenceError(
                f"account {user_id}: event {first} comes, PostgreSQL has up to {known.get(user_id, 0)}"
            )


def _set_rows(connection: sa.Connection, table: type[Base], rows: list[Row], *, key: str) -> None:
    """Inserts the rows, or overwrites those with the same key."""
    if not rows:
        return
    statement = insert(table)
    values = {name: statement.excluded[name] for name in rows[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=values), rows)


def _add_profit(connection: sa.Connection, shard: int, changes: Changes) -> None:
    # Not in one statement: PostgreSQL checks a negative difference against the constraints before it finds
    # that there is a row to add it to.
    connection.execute(insert(PlatformProfit).values(shard=shard).on_conflict_do_nothing())
    table = PlatformProfit.__table__
    sums = {name: table.c[name] + difference for name, difference in asdict(changes.profit).items()}
    connection.execute(
        sa.update(PlatformProfit)
        .where(PlatformProfit.shard == shard)
        .values(**sums, updated_at=at_ms(changes.at_ms))
    )
