"""/trade: opening, closing, starting over, what is open."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID, uuid4

from apiflask import APIBlueprint
from pydantic import BaseModel, Field, Strict

from blueprints import render
from blueprints.authenticated import authenticated
from blueprints.commands import command
from blueprints.errors import sentence_of
from blueprints.fields import AssetSymbol, Body, TrailingStop, UsdCents, UsdDistance, UsdPrice
from blueprints.limits import by_account, lenient, trade_rate
from blueprints.requests import body_optional, idempotent_request, require_verified, trader_id
from blueprints.services import services
from blueprints.shapes import ClosedOrder, Order, PreviewedOrder, SideName, UsdBalance
from domain.instruments import LEVERAGE_MAX
from domain.orders import OrderEvent
from domain.units import usd
from orders.client import OpenOrder

bp = APIBlueprint("trade", __name__, url_prefix="/trade", tag="Trade")

Leverage = Annotated[int, Field(ge=1, le=LEVERAGE_MAX)]


class OrderTerms(Body):
    """What a position is opened with. margin, takeProfit and stopLoss in USD."""

    asset: AssetSymbol
    type: SideName
    margin: UsdCents
    leverage: Leverage
    takeProfit: UsdPrice | None = None
    stopLoss: UsdPrice | None = None

    def order(self, order_id: str, trailing_distance: int | None) -> OpenOrder:
        """The same as the order desk takes it."""
        return OpenOrder(
            order_id=order_id,
            asset=self.asset,
            side=render.SIDE_BY_TYPE[self.type],
            margin=self.margin,
            leverage=self.leverage,
            take_profit=self.takeProfit,
            stop_loss=self.stopLoss,
            trailing_distance=trailing_distance,
        )


class OpenBody(OrderTerms):
    """A position to open. margin, takeProfit, stopLoss and the trailing stop's distance in USD."""

    # Text is a number in a query only.
    leverage: Annotated[Leverage, Strict()]
    trailingStopLoss: TrailingStop | None = None


class PreviewQuery(OrderTerms):
    """A position that might be opened. margin, takeProfit, stopLoss and trailingDistance in USD."""

    trailingDistance: UsdDistance | None = None


class CloseBody(Body):
    """The order to close."""

    orderId: UUID


class CloseAllBody(Body):
    """Whose orders to close: one asset's, or all."""

    asset: AssetSymbol | None = None


class ResetBody(Body):
    """Nothing: an empty object, or no body at all."""


class Opened(BaseModel):
    """A new position; fee in cents."""

    message: str
    order: Order
    fee: int
    feePercentage: float


class Preview(BaseModel):
    """What an open would do at this moment's price; money in cents.

    order: as it would be, without an id. gainPerPercent: what a move of the price by 1 % wins or loses.
    pnlAtTakeProfit, pnlAtStopLoss: what reaching the trigger exactly brings, before the closing fee; null
    without one.
    """

    order: PreviewedOrder
    fee: int
    feePercentage: float
    balanceAfter: int
    notional: int
    gainPerPercent: int
    pnlAtTakeProfit: int | None
    pnlAtStopLoss: int | None


class Closed(BaseModel):
    """An ended position; closePrice raw, pnl in USD, fee in cents."""

    message: str
    orderId: str
    closePrice: int
    pnl: float
    fee: int


class NotClosed(BaseModel):
    """An order that stays open, and why: for a program and for a person."""

    orderId: str
    code: str
    error: str


class AllClosed(BaseModel):
    """What was closed (raw, oldest first), and what could not be, with the refusal of each."""

    closed: list[ClosedOrder]
    failed: list[NotClosed]


class Reset(BaseModel):
    """The balance now, and what was closed for it (raw, oldest first)."""

    message: str
    balance: UsdBalance
    closed: list[ClosedOrder]


class OpenOrders(BaseModel):
    """The open positions, oldest first, and the number of the account's newest order message."""

    orders: list[Order]
    seq: int


@command(bp, "/open", OpenBody, Opened, status=201)
def open_order(body: OpenBody) -> dict[str, Any]:
    """Open a position at the current price."""
    require_verified()
    trailing_distance = body.trailingStopLoss.distance if body.trailingStopLoss else None
    order = body.order(str(uuid4()), trailing_distance)
    event = services().desk.open(trader_id(), idempotent_request(body), order)
    assert event.position is not None
    return {
        "message": "Order opened",
        "order": render.order(event.position),
        "fee": event.fee,
        "feePercentage": render.fee_percentage(services().settings, body.asset),
    }


@bp.get("/preview")
@authenticated("read")
@lenient.limit(trade_rate, key_func=by_account)
@bp.input(PreviewQuery, location="query", arg_name="query")
@bp.output(Preview)
@bp.doc(security="bearer")
def preview(query: PreviewQuery) -> dict[str, Any]:
    """See what opening a position would do, without opening it; refused as the open would be."""
    require_verified()
    seen = services().desk.preview(trader_id(), query.order("", query.trailingDistance))
    return {
        "order": render.order(seen.position) | {"orderId": None},
        "fee": seen.fee,
        "feePercentage": render.fee_percentage(services().settings, query.asset),
        "balanceAfter": seen.balance_after,
        "notional": seen.position.notional,
        "gainPerPercent": seen.gain_per_percent,
        "pnlAtTakeProfit": seen.pnl_at_take_profit,
        "pnlAtStopLoss": seen.pnl_at_stop_loss,
    }


@command(bp, "/close", CloseBody, Closed)
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


@command(bp, "/close-all", CloseAllBody, AllClosed)
def close_all(body: CloseAllBody) -> dict[str, Any]:
    """Close all positions, or those in one asset, at the current prices."""
    outcome = services().desk.close_all(trader_id(), idempotent_request(body), asset=body.asset)
    return {
        "closed": _closed_orders(outcome.closed),
        "failed": [
            {"orderId": order_id, "code": str(code), "error": sentence_of(code, {})}
            for order_id, code in outcome.failed
        ],
    }


@command(bp, "/reset", ResetBody, Reset)
@body_optional
def reset(body: ResetBody) -> dict[str, Any]:
    """Start over: close all positions at the current prices and set the balance to that of a new account.

    Either all of it happens or, where a position can't be closed for now, nothing.
    """
    outcome = services().desk.reset(
        trader_id(), idempotent_request(body), services().settings.start_balance_cents
    )
    return {
        "message": "Account reset",
        "balance": render.balance(outcome.reset.balance),
        "closed": _closed_orders(outcome.closed),
    }


@bp.get("/open")
@authenticated("read")
@bp.output(OpenOrders)
@bp.doc(security="bearer")
def open_orders() -> dict[str, Any]:
    """The open positions."""
    account = services().desk.account(trader_id())
    return {"orders": [render.order(position) for position in account.positions], "seq": account.seq}


def _closed_orders(events: Iterable[OrderEvent]) -> list[dict[str, Any]]:
    return [
        render.closed_order(event.position, event.closing)
        for event in events
        if event.position and event.closing
    ]
