"""The shapes of what is answered, for the OpenAPI document: each is what `render.py` makes.

A view names its shape with `bp.output`. What answers by the thousand returns a response that is made already,
which APIFlask sends as it is: checking each row against its shape would cost more than reading it.
"""

from typing import Literal

from pydantic import BaseModel

from domain.orders import CloseReason

SideName = Literal["buy", "sell"]


class UsdBalance(BaseModel):
    """Money both ways."""

    usd: float
    cents: int


class TrailingStopView(BaseModel):
    """A stop that follows the best price at a distance, raw: the highest for a buy, the lowest for a sell."""

    enabled: bool
    trailingDistance: int
    highestPrice: int | None
    lowestPrice: int | None
    stopPrice: int | None


class Order(BaseModel):
    """An open position: money in cents, prices raw (USD x 10,000), openTimestamp in ms since the epoch.

    notional: its size at the opening. effectiveLeverage: that over the margin, less than `leverage` once
    margin was added.
    """

    orderId: str
    userId: str
    asset: str
    type: SideName
    margin: int
    initialMargin: int
    addedMargin: int
    leverage: int
    effectiveLeverage: float
    notional: int
    openPrice: int
    openTimestamp: int
    liquidationPrice: int
    takeProfit: int | None
    stopLoss: int | None
    trailingStopLoss: TrailingStopView | None


class PreviewedOrder(Order):
    """An order as it would be: it has no id."""

    orderId: None  # type: ignore[assignment]


class Receipt(BaseModel):
    """The exchange's trade that fired an automatic close, the quote it made, and the trigger it touched.

    Prices raw, time in ms since the epoch, the exchange's.
    """

    tradeId: int
    price: int
    bid: int
    ask: int
    time: int
    trigger: int


class ClosedOrder(Order):
    """A position as it last was and how it ended: money in cents, prices raw, times in ms since the epoch.

    fee: of closing. parentOrderId: the position that this part was closed of. receipt: of an automatic close.
    """

    closePrice: int
    closeTimestamp: int
    pnl: int
    fee: int
    closeReason: CloseReason
    parentOrderId: str | None
    receipt: Receipt | None


class SettledOrder(ClosedOrder):
    """A closed order as the history has it, in cents.

    openingFee: with those of added margin. netPnl: pnl less every fee. shortfall: what the margin didn't
    cover of the loss; the house bore it.
    """

    openingFee: int
    netPnl: int
    shortfall: int
