"""/trade/modify, /trade/partial-close, /trade/add-margin: changing what is open."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from apiflask import APIBlueprint
from pydantic import BaseModel, Field, StrictInt

from blueprints import render
from blueprints.commands import command
from blueprints.fields import Body, TrailingStop, UsdCents, UsdPrice
from blueprints.requests import idempotent_request, trader_id
from blueprints.services import services
from blueprints.shapes import Order
from domain.units import usd
from orders.client import Trigger

bp = APIBlueprint("positions", __name__, url_prefix="/trade", tag="Trade")


class ModifyBody(Body):
    """New triggers in USD; null removes one, one that is left out stays.

    A trailing stop that isn't enabled is removed. Asked for with the distance that it has already, it keeps
    its best price; with another, it follows from the current price on.
    """

    orderId: UUID
    takeProfit: UsdPrice | None = None
    stopLoss: UsdPrice | None = None
    trailingStopLoss: TrailingStop | None = None

    def asked(self, field: str) -> int | Trigger:
        """What is asked of a trigger: its raw price or distance, or that it goes or stays."""
        if field not in self.model_fields_set:
            return Trigger.KEEP
        asked: int | TrailingStop | None = getattr(self, field)
        raw = asked.distance if isinstance(asked, TrailingStop) else asked
        return Trigger.REMOVE if raw is None else raw


class PartialCloseBody(Body):
    """How much of an order to close."""

    orderId: UUID
    percentage: Annotated[StrictInt, Field(ge=1, le=99)]


class AddMarginBody(Body):
    """Margin to add, in USD."""

    orderId: UUID
    additionalMargin: UsdCents


class Modified(BaseModel):
    """The order as it is now."""

    message: str
    order: Order


class PartlyClosed(BaseModel):
    """What was closed and what is left; closePrice raw, money in cents."""

    message: str
    orderId: str
    percentageClosed: int
    marginClosed: int
    remainingMargin: int
    pnl: int
    closePrice: int
    fee: int
    feePercentage: float
    netReturn: int


class MarginAdded(BaseModel):
    """The margin now; additionalMargin in USD, the rest in cents, newLiquidationPrice raw."""

    message: str
    orderId: str
    additionalMargin: float
    totalMargin: int
    initialMargin: int
    addedMargin: int
    originalLeverage: int
    effectiveLeverage: float
    newLiquidationPrice: int
    fee: int
    feePercentage: float


@command(bp, "/modify", ModifyBody, Modified)
def modify(body: ModifyBody) -> dict[str, Any]:
    """Set or remove take profit, stop loss and trailing stop."""
    event = services().desk.modify(
        trader_id(),
        idempotent_request(body),
        str(body.orderId),
        take_profit=body.asked("takeProfit"),
        stop_loss=body.asked("stopLoss"),
        trailing_distance=body.asked("trailingStopLoss"),
    )
    assert event.position is not None
    return {"message": "Order modified", "order": render.order(event.position)}


@command(bp, "/partial-close", PartialCloseBody, PartlyClosed)
def partial_close(body: PartialCloseBody) -> dict[str, Any]:
    """Close a part of a position at the current price."""
    closed, rest = services().desk.partial_close(
        trader_id(),
        idempotent_request(body),
        str(body.orderId),
        percentage=body.percentage,
        part_id=str(uuid4()),
    )
    assert closed.position is not None
    assert closed.closing is not None
    assert rest.position is not None
    return {
        "message": "Order partly closed",
        "orderId": rest.position.order_id,
        "percentageClosed": body.percentage,
        "marginClosed": closed.position.margin,
        "remainingMargin": rest.position.margin,
        "pnl": closed.closing.pnl,
        "closePrice": closed.closing.close_price,
        "fee": closed.closing.fee,
        "feePercentage": render.fee_percentage(services().settings, closed.position.asset),
        "netReturn": closed.closing.credit,
    }


@command(bp, "/add-margin", AddMarginBody, MarginAdded)
def add_margin(body: AddMarginBody) -> dict[str, Any]:
    """Add margin: the liquidation price moves away, the position's size stays."""
    event = services().desk.add_margin(
        trader_id(), idempotent_request(body), str(body.orderId), body.additionalMargin
    )
    position = event.position
    assert position is not None
    return {
        "message": "Margin added",
        "orderId": position.order_id,
        "additionalMargin": usd(event.amount),
        "totalMargin": position.margin,
        "initialMargin": position.initial_margin,
        "addedMargin": position.added_margin,
        "originalLeverage": position.leverage,
        "effectiveLeverage": render.effective_leverage(position),
        "newLiquidationPrice": position.liquidation_price,
        "fee": event.fee,
        "feePercentage": render.fee_percentage(services().settings, position.asset),
    }
