"""An account's closed orders as PostgreSQL has them: which of them, newest first, page by page.

An order's result is its PnL less every fee it paid: on opening, on added margin and on closing. The fee of
opening is shared out by a partial close, so that the results of a position's parts add up to the position's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.orders import CloseReason, Side
from models import ClosedOrder

# `ClosedOrder.net_pnl` in SQL.
NET_PNL = ClosedOrder.pnl - ClosedOrder.fee - ClosedOrder.opening_fee


class Outcome(StrEnum):
    """How an order went, by its result: one that brought exactly nothing is neither."""

    WON = "won"
    LOST = "lost"


class Place(NamedTuple):
    """Where an order stands in the history: after it come the older ones."""

    closed_at: datetime
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose closed orders, and which of them; the times are inclusive. What is left out narrows nothing."""

    user_id: UUID
    # An order with all the parts that were closed of it.
    order_id: UUID | None = None
    asset: str | None = None
    side: Side | None = None
    reasons: Sequence[CloseReason] = ()
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """The same in SQL."""
        yield ClosedOrder.user_id == self.user_id
        if self.order_id is not None:
            yield sa.or_(ClosedOrder.order_id == self.order_id, ClosedOrder.parent_order_id == self.order_id)
        if self.asset is not None:
            yield ClosedOrder.asset == self.asset
        if self.side is not None:
            yield ClosedOrder.side == self.side.value
        if self.reasons:
            yield ClosedOrder.reason.in_([reason.value for reason in self.reasons])
        if self.outcome is not None:
            yield NET_PNL > 0 if self.outcome is Outcome.WON else NET_PNL < 0
        if self.since is not None:
            yield ClosedOrder.closed_at >= self.since
        if self.until is not None:
            yield ClosedOrder.closed_at <= self.until


def read_page(session: Session, wanted: Wanted, *, after: Place | None, limit: int) -> Sequence[ClosedOrder]:
    """So many of the wanted orders, newest first, from the first one after the place on."""
    page = (
        sa.select(ClosedOrder)
        .where(*wanted.conditions(), *_after(after))
        .order_by(ClosedOrder.closed_at.desc(), ClosedOrder.order_id.desc())
        .limit(limit)
    )
    return session.scalars(page).all()


def read_all(engine: sa.Engine, wanted: Wanted, *, after: Place | None, page: int) -> Iterator[ClosedOrder]:
    """All wanted orders, newest first, read page by page: no connection is held for whoever reads slowly."""
    while True:
        with Session(engine) as session:
            rows = read_page(session, wanted, after=after, limit=page)
            session.expunge_all()
        yield from rows
        if len(rows) < page:
            return
        after = place_of(rows[-1])


def are_more_than(session: Session, wanted: Wanted, *, after: Place | None, limit: int) -> bool:
    """Whether there are more than so many wanted orders after the place."""
    one_more = (
        sa.select(sa.literal(1))
        .select_from(ClosedOrder)
        .where(*wanted.conditions(), *_after(after))
        .limit(limit + 1)
    )
    counted = session.scalar(sa.select(sa.func.count()).select_from(one_more.subquery()))
    return (counted or 0) > limit


def place_of(row: ClosedOrder) -> Place:
    """Where the order stands."""
    return Place(row.closed_at, row.order_id)


def _after(place: Place | None) -> Iterator[sa.ColumnElement[bool]]:
    if place is not None:
        row = sa.tuple_(ClosedOrder.closed_at, ClosedOrder.order_id)
        yield row < sa.tuple_(sa.literal(place.closed_at), sa.literal(place.order_id, sa.Uuid()))
