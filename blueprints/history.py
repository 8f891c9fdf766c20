"""/trade/history and /trade/platform-profit: what PostgreSQL remembers."""

import base64
import binascii
import csv
import io
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from blueprints import render
from blueprints.authenticated import authenticated
from blueprints.errors import Rejected
from blueprints.fields import AssetSymbol, Body
from blueprints.requests import trader_id
from blueprints.services import services
from domain.units import usd
from models import Balance, ClosedOrder, PlatformProfit

bp = APIBlueprint("history", __name__, url_prefix="/trade", tag="Trade")

PAGE_MAX = 1000
# 9999-01-01: what a datetime can hold.
EPOCH_MS_MAX = 253_370_764_800_000
_POLL_S = 0.02


class HistoryQuery(Body):
    """A page of the history. from and to in ms since the epoch, both inclusive."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    cursor: str | None = None
    asset: AssetSymbol | None = None
    from_: Annotated[int | None, Field(alias="from", ge=0, le=EPOCH_MS_MAX)] = None
    to: Annotated[int | None, Field(ge=0, le=EPOCH_MS_MAX)] = None
    format: Literal["json", "csv"] = "json"


class History(BaseModel):
    """Closed orders, newest first; nextCursor leads to the older ones, null when there are none."""

    orders: list[dict[str, Any]]
    nextCursor: str | None


class Profit(BaseModel):
    """What the house has made; totalProfit in USD, lastUpdated ISO 8601."""

    totalProfit: float
    profitInCents: int
    openTrades: int
    closedTrades: int
    totalTrades: int
    lastUpdated: str | None


@bp.get("/history")
@authenticated("read")
@bp.input(HistoryQuery, location="query", arg_name="query")
@bp.doc(security="bearer", responses={200: "A page of closed orders, newest first"})
def history(query: HistoryQuery) -> Any:
    """The closed orders, newest first."""
    user_id = trader_id()
    page = (
        sa.select(ClosedOrder)
        .where(ClosedOrder.user_id == UUID(user_id), *_conditions(query))
        .order_by(ClosedOrder.closed_at.desc(), ClosedOrder.order_id.desc())
        .limit(query.limit + 1)
    )
    _await_journal(user_id)
    with Session(services().engine) as session:
        rows = session.scalars(page).all()
        orders = [render.closed_order(row.position, row.closing) for row in rows[: query.limit]]
        cursor = _cursor(rows[query.limit - 1]) if len(rows) > query.limit else None
    if query.format == "csv":
        return _csv(orders)
    return History(orders=orders, nextCursor=cursor).model_dump()


@bp.get("/platform-profit")
@bp.output(Profit)
def platform_profit() -> dict[str, Any]:
    """What the house has made of fees and of its traders' losses and wins."""
    total = sa.select(
        sa.func.coalesce(sa.func.sum(PlatformProfit.fees), 0),
        sa.func.coalesce(sa.func.sum(PlatformProfit.trading), 0),
        sa.func.coalesce(sa.func.sum(PlatformProfit.shortfall), 0),
        sa.func.coalesce(sa.func.sum(PlatformProfit.open_orders), 0),
        sa.func.coalesce(sa.func.sum(PlatformProfit.closed_orders), 0),
        sa.func.max(PlatformProfit.updated_at),
    )
    with services().engine.connect() as connection:
        fees, trading, shortfall, open_orders, closed_orders, updated_at = connection.execute(total).one()
    cents = int(fees + trading - shortfall)
    return {
        "totalProfit": usd(cents),
        "profitInCents": cents,
        "openTrades": int(open_orders),
        "closedTrades": int(closed_orders),
        "totalTrades": int(open_orders + closed_orders),
        # No rows, no maximum, whatever the types say.
        "lastUpdated": updated_at and updated_at.isoformat(),  # type: ignore[truthy-bool]
    }


def _await_journal(user_id: str) -> None:
    """Waits, with a limit, until PostgreSQL has what Redis has already answered: one reads what one wrote."""
    deadline = time.monotonic() + services().settings.history_wait_s
    seq = services().desk.seq(user_id)
    known = sa.select(Balance.seq).where(Balance.user_id == UUID(user_id))
    while True:
        with services().engine.connect() as connection:
            journaled = connection.scalar(known) or 0
        if journaled >= seq or time.monotonic() >= deadline:
            return
        time.sleep(_POLL_S)


def _conditions(query: HistoryQuery) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if query.asset:
        conditions.append(ClosedOrder.asset == query.asset)
    if query.from_ is not None:
        conditions.append(ClosedOrder.closed_at >= _time(query.from_))
    if query.to is not None:
        conditions.append(ClosedOrder.closed_at <= _time(query.to))
    if query.cursor is not None:
        closed_at, order_id = _parsed_cursor(query.cursor)
        conditions.append(
            sa.tuple_(ClosedOrder.closed_at, ClosedOrder.order_id)
            < sa.tuple_(sa.literal(closed_at), sa.literal(order_id, sa.Uuid()))
        )
    return conditions


def _time(epoch_ms: int) -> datetime:
    seconds, ms = divmod(epoch_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=ms * 1000)


def _cursor(row: ClosedOrder) -> str:
    text = f"{row.closing.closed_at_ms} {row.order_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _parsed_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        epoch_ms, order_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(" ")
        return _time(min(int(epoch_ms), EPOCH_MS_MAX)), UUID(order_id)
    except (binascii.Error, ValueError, OverflowError, OSError) as error:
        raise Rejected(400, "invalid_input", "The cursor is not one of ours", field="cursor") from error


def _csv(orders: list[dict[str, Any]]) -> Response:
    text = io.StringIO()
    columns = [
        "orderId",
        "asset",
        "type",
        "margin",
        "leverage",
        "openPrice",
        "openTimestamp",
        "closePrice",
        "closeTimestamp",
        "pnl",
        "fee",
        "closeReason",
        "takeProfit",
        "stopLoss",
        "trailingDistance",
    ]
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(order | (order["trailingStopLoss"] or {}) for order in orders)
    headers = {"Content-Disposition": "attachment; filename=cfdesk-history.csv"}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)
