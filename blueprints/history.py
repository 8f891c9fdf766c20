"""/trade/history and /trade/platform-profit: what PostgreSQL remembers."""

import base64
import binascii
from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from apiflask import APIBlueprint
from flask import Response, jsonify, request
from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema
from sqlalchemy.orm import Session

from accounts.closed_orders import Outcome, Place, Wanted, are_more_than, place_of, read_all, read_page
from blueprints import render
from blueprints.authenticated import authenticated
from blueprints.errors import Rejected
from blueprints.fields import AssetSymbol, Body
from blueprints.history_csv import csv_text
from blueprints.journaled import EPOCH_MS_MAX, await_journal, time_of
from blueprints.limits import by_account, lenient, report_rate
from blueprints.requests import trader_id
from blueprints.services import services
from blueprints.shapes import SettledOrder, SideName
from domain.orders import CloseReason
from domain.units import usd
from models import ClosedOrder, PlatformProfit
from models.base import epoch_ms

bp = APIBlueprint("history", __name__, url_prefix="/trade", tag="Trade")

PAGE_DEFAULT = 50
PAGE_MAX = 1000
# "true" where not all that was asked for is in the CSV, else not there. app.py lets other origins read it.
TRUNCATED_HEADER = "X-Cfdesk-Truncated"
_PAGE_OR_TABLE: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {
        "description": "A page of closed orders, newest first; or a table of them",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


def _reasons(value: str) -> str:
    unknown = [word for word in value.split(",") if word not in list(CloseReason)]
    if unknown:
        raise ValueError(f"reason is one or more of {', '.join(CloseReason)}, separated by commas")
    return value


_ONE_REASON = f"({'|'.join(CloseReason)})"
Reasons = Annotated[
    str,
    AfterValidator(_reasons),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_ONE_REASON}(,{_ONE_REASON}){{0,9}}$",
            "description": "One or more, separated by commas",
            "examples": ["stop_loss,liquidation"],
        }
    ),
]


class HistoryQuery(Body):
    """Which closed orders, and how many of them. from and to in ms since the epoch, both inclusive.

    orderId: that order and the parts that were closed of it. outcome is by the result: PnL less all fees. A
    CSV without a limit has all that match.
    """

    limit: Annotated[int | None, Field(ge=1, le=PAGE_MAX)] = None
    cursor: str | None = None
    orderId: UUID | None = None
    asset: AssetSymbol | None = None
    type: SideName | None = None
    reason: Reasons | None = None
    outcome: Literal["won", "lost"] | None = None
    from_: Annotated[int | None, Field(alias="from", ge=0, le=EPOCH_MS_MAX)] = None
    to: Annotated[int | None, Field(ge=0, le=EPOCH_MS_MAX)] = None
    format: Literal["json", "csv"] = "json"

    def wanted(self, user_id: str) -> Wanted:
        """The same, of this account."""
        return Wanted(
            user_id=UUID(user_id),
            order_id=self.orderId,
            asset=self.asset,
            side=render.SIDE_BY_TYPE[self.type] if self.type else None,
            reasons=[CloseReason(word) for word in self.reason.split(",")] if self.reason else (),
            outcome=Outcome(self.outcome) if self.outcome else None,
            since=None if self.from_ is None else time_of(self.from_),
            until=None if self.to is None else time_of(self.to),
        )


class History(BaseModel):
    """Closed orders, newest first; nextCursor leads to the older ones, null when there are none."""

    orders: list[SettledOrder]
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
@lenient.limit(report_rate, key_func=by_account, exempt_when=lambda: request.args.get("format") != "csv")
@bp.input(HistoryQuery, location="query", arg_name="query")
@bp.output(History)
@bp.doc(security="bearer", responses=_PAGE_OR_TABLE)
def history(query: HistoryQuery) -> Response:
    """The closed orders, newest first."""
    user_id = trader_id()
    wanted = query.wanted(user_id)
    after = None if query.cursor is None else _parsed_cursor(query.cursor)
    await_journal(user_id)
    if query.format == "csv":
        return _csv(wanted, after, query.limit)
    limit = query.limit or PAGE_DEFAULT
    with Session(services().engine) as session:
        rows = read_page(session, wanted, after=after, limit=limit + 1)
        orders = [render.settled_order(row) for row in rows[:limit]]
        cursor = _cursor(place_of(rows[limit - 1])) if len(rows) > limit else None
    # As it is: see shapes.py.
    return jsonify({"orders": orders, "nextCursor": cursor})


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


def _csv(wanted: Wanted, after: Place | None, limit: int | None) -> Response:
    """The orders as a table, all that match or so many of them; a header says when there are more."""
    engine = services().engine
    most = limit or services().settings.history_export_max
    with Session(engine) as session:
        cut = are_more_than(session, wanted, after=after, limit=most)
    rows: Iterable[ClosedOrder] = read_all(engine, wanted, after=after, page=PAGE_MAX)
    # What was closed since it was counted takes no older order's place.
    answer = Response(csv_text(islice(rows, most) if cut or limit else rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=cfdesk-history.csv"
    if cut:
        answer.headers[TRUNCATED_HEADER] = "true"
    return answer


def _cursor(place: Place) -> str:
    text = f"{epoch_ms(place.closed_at)} {place.order_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _parsed_cursor(cursor: str) -> Place:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        closed_ms, order_id = text.split(" ")
        return Place(time_of(min(int(closed_ms), EPOCH_MS_MAX)), UUID(order_id))
    except (binascii.Error, ValueError, OverflowError, OSError) as error:
        raise Rejected(400, "invalid_input", "The cursor is not one of ours", field="cursor") from error
