"""Orders and money as clients see them: raw (cents, prices x 10,000); order messages are in USD in part."""

from typing import Any

from domain.orders import Closing, EventKind, OrderEvent, Position, Side
from domain.units import price_usd, usd
from models import ClosedOrder
from runtime.settings import Settings

TYPE_BY_SIDE = {Side.LONG: "buy", Side.SHORT: "sell"}
SIDE_BY_TYPE = {name: side for side, name in TYPE_BY_SIDE.items()}


def balance(cents: int) -> dict[str, Any]:
    """An account's free money."""
    return {"usd": usd(cents), "cents": cents}


def order(position: Position) -> dict[str, Any]:
    """An open position, raw."""
    return {
        "orderId": position.order_id,
        "userId": position.user_id,
        "asset": position.asset,
        "type": TYPE_BY_SIDE[position.side],
        "margin": position.margin,
        "initialMargin": position.initial_margin,
        "addedMargin": position.added_margin,
        "leverage": position.leverage,
        "effectiveLeverage": effective_leverage(position),
        "notional": position.notional,
        "openPrice": position.open_price,
        "openTimestamp": position.opened_at_ms,
        "liquidationPrice": position.liquidation_price,
        "takeProfit": position.take_profit,
        "stopLoss": position.stop_loss,
        "trailingStopLoss": _trailing_stop(position),
    }


def _trailing_stop(position: Position) -> dict[str, Any] | None:
    trailing = position.trailing_stop
    if trailing is None:
        return None
    buys = position.side is Side.LONG
    return {
        "enabled": True,
        "trailingDistance": trailing.distance,
        # The best price so far is the highest for a buy, the lowest for a sell; there is no other.
        "highestPrice": trailing.peak if buys else None,
        "lowestPrice": None if buys else trailing.peak,
        "stopPrice": trailing.stop_price,
    }


def closed_order(position: Position, closing: Closing) -> dict[str, Any]:
    """A position and how it ended, raw."""
    receipt = closing.receipt
    return order(position) | {
        "closePrice": closing.close_price,
        "closeTimestamp": closing.closed_at_ms,
        "pnl": closing.pnl,
        "fee": closing.fee,
        "closeReason": str(closing.reason),
        "parentOrderId": closing.parent_order_id,
        "receipt": receipt
        and {
            "tradeId": receipt.trade_id,
            "price": receipt.price,
            "bid": receipt.bid,
            "ask": receipt.ask,
            "time": receipt.time_ms,
            "trigger": receipt.trigger,
        },
    }


def settled_order(row: ClosedOrder) -> dict[str, Any]:
    """A closed order as the history has it: with every fee, its result, and what the house bore."""
    return closed_order(row.position, row.closing) | {
        "openingFee": row.opening_fee,
        "netPnl": row.net_pnl,
        "shortfall": row.shortfall,
    }


def order_of_message(position: Position) -> dict[str, Any]:
    """An open position as order messages have it: margin and open price in USD, the rest raw."""
    return order(position) | _in_usd(position)


def _in_usd(position: Position) -> dict[str, Any]:
    return {"margin": usd(position.margin), "openPrice": price_usd(position.open_price)}


def order_message(event: OrderEvent) -> dict[str, Any]:
    """The WebSocket message of an event: exactly one each, so `seq` rises by one from message to message."""
    if event.position is None:
        data: dict[str, Any] = balance(event.balance) | {"reason": str(event.kind)}
        return {"type": "BALANCE", "seq": event.seq, "data": data}
    kind = "ORDER_OPENED" if event.kind is EventKind.OPENED else "ORDER_UPDATED"
    data = order(event.position)
    if event.closing is not None:
        kind = "ORDER_LIQUIDATED" if event.closing.reason == "liquidation" else "ORDER_CLOSED"
        data = closed_order(event.position, event.closing)
        data["closePrice"] = price_usd(event.closing.close_price)
        data["pnl"] = usd(event.closing.pnl)
    data |= _in_usd(event.position) | {"balance": balance(event.balance)}
    return {"type": kind, "seq": event.seq, "data": data}


def effective_leverage(position: Position) -> float:
    """The position's size over its margin: less than its leverage once margin was added."""
    return round(position.notional / position.margin, 2)


def fee_percentage(settings: Settings, asset: str) -> float:
    """What a fee is of its margin, in percent."""
    return settings.instrument(asset).fee_bps / 100
