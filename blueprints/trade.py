"""/trade: opening, closing, what is open."""

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from apiflask import APIBlueprint
from flask_jwt_extended import jwt_required
from pydantic import BaseModel, Field, StrictInt

from blueprints import render
from blueprints.errors import sentence_of
from blueprints.fields import Body, TrailingStop, UsdCents, UsdPrice
from blueprints.limits import by_account, limiter, trade_rate
from blueprints.requests import idempotent_request, require_verified, trader_id
from blueprints.services import services
from domain.instruments import LEVERAGE_MAX
from domain.units import usd
from orders.client import OpenOrder

bp = APIBlueprint("trade", __name__, url_prefix="/trade", tag="Trade")


class OpenBody(Body):
    """A position to open. margin, takeProfit and stopLoss in USD."""

    asset: Literal["BTC", "ETH", "SOL"]
    type: Literal["buy", "sell"]
    margin: UsdCents
    leverage: Annotated[StrictInt, Field(ge=1, le=LEVERAGE_MAX)]
    takeProfit: UsdPrice | None = None
    stopLoss: UsdPrice | None = None
    trailingStopLoss: TrailingStop | None = None


class CloseBody(Body):
    """The order to close."""

    orderId: UUID


class CloseAllBody(Body):
    """Whose orders to close: one asset's, or all."""

    asset: Literal["BTC", "ETH", "SOL"] | None = None


class Opened(BaseModel):
    """A new position; fee in cents."""

    message: str
    order: dict[str, Any]
    fee: int
    feePercentage: float


class Closed(BaseModel):
    """An ended position; closePrice raw, pnl in USD, fee in cents."""

    message: str
    orderId: str
    closePrice: int
    pnl: float
    fee: int


class AllClosed(BaseModel):
    """What was closed (raw, oldest first), and what could not be, with the refusal of each."""

    closed: list[dict[str, Any]]
    failed: list[dict[str, str]]


class OpenOrders(BaseModel):
    """The open positions, oldest first."""

    orders: list[dict[str, Any]]


@bp.post("/open")
@jwt_required()
@limiter.limit(trade_rate, key_func=by_account)
@bp.input(OpenBody, location="json", arg_name="body")
@bp.output(Opened, status_code=201)
@bp.doc(security="bearer")
def open_order(body: OpenBody) -> dict[str, Any]:
    """Open a position at the current price."""
    require_verified()
    order = OpenOrder(
        order_id=str(uuid4()),
        asset=body.asset,
        side=render.SIDE_BY_TYPE[body.type],
        margin=body.margin,
        leverage=body.leverage,
        take_profit=body.takeProfit,
        stop_loss=body.stopLoss,
    )
    event = services().desk.open(trader_id(), idempotent_request(body), order)
    assert event.position is not None
    return {
        "message": "Order opened",
        "order": render.order(event.position),
        "fee": event.fee,
        "feePercentage": render.fee_percentage(services().settings, body.asset),
    }


@bp.post("/close")
@jwt_required()
@limiter.limit(trade_rate, key_func=by_account)
@bp.input(CloseBody, location="json", arg_name="body")
@bp.output(Closed)
@bp.doc(security="bearer")
def close_order(body: CloseBody) -> dict[str, Any]:
    """Close a position at the current price."""
    event = services().desk.close(trader_id(), idempotent_request(body), str(body.orderId))
    assert event.position is not None
    assert event.closing is not None
    return {
        "message": "Order closed",
        "orderId": event.position.order_id,
        "closePrice": event.closing.close_price,
        "pnl": usd(event.closing.pnl),
        "fee": event.closing.fee,
    }


@bp.post("/close-all")
@jwt_required()
@limiter.limit(trade_rate, key_func=by_account)
@bp.input(CloseAllBody, location="json", arg_name="body")
@bp.output(AllClosed)
@bp.doc(security="bearer")
def close_all(body: CloseAllBody) -> dict[str, Any]:
    """Close all positions, or those in one asset, at the current prices."""
    outcome = services().desk.close_all(trader_id(), idempotent_request(body), asset=body.asset)
    return {
        "closed": [
            render.closed_order(event.position, event.closing)
            for event in outcome.closed
            if event.position and event.closing
        ],
        "failed": [
            {"orderId": order_id, "code": str(code), "error": sentence_of(code, {})}
            for order_id, code in outcome.failed
        ],
    }


@bp.get("/open")
@jwt_required()
@bp.output(OpenOrders)
@bp.doc(security="bearer")
def open_orders() -> dict[str, Any]:
    """The open positions."""
    account = services().desk.account(trader_id())
    return {"orders": [render.order(position) for position in account.positions]}
