"""Order messages: which event makes which message, and what is in USD."""

from dataclasses import replace
from typing import Any

import pytest

from blueprints.render import closed_order, order, order_message
from domain.orders import (
    CloseReason,
    Closing,
    EventId,
    EventKind,
    OrderEvent,
    Position,
    Receipt,
    Side,
    TrailingStop,
)

POSITION = Position(
    order_id="order",
    user_id="trader",
    asset="BTC",
    side=Side.SHORT,
    margin=15_000,
    initial_margin=10_000,
    added_margin=5_000,
    notional=100_000,
    leverage=10,
    open_price=645_065_700,
    opened_at_ms=1_700_000_000_000,
    liquidation_price=700_000_000,
    take_profit=None,
    stop_loss=650_000_000,
    trailing_stop=None,
    opening_fee=75,
)
CLOSING = Closing(
    close_price=651_386_067,
    closed_at_ms=1_700_000_000_001,
    pnl=-979,
    fee=75,
    credit=13_946,
    shortfall=0,
    reason=CloseReason.STOP_LOSS,
    receipt=Receipt(trade_id=7, price=5, bid=4, ask=6, time_ms=8, trigger=650_000_000),
    parent_order_id=None,
)


def make_event(**changed: Any) -> OrderEvent:
    """An event of a deposit, with changes."""
    event = OrderEvent(
        event_id=EventId(1, 0),
        shard=0,
        kind=EventKind.DEPOSITED,
        user_id="trader",
        seq=4,
        at_ms=1,
        balance=500_001,
        amount=1,
        fee=0,
        position=None,
        closing=None,
        fields={},
    )
    return replace(event, **changed)


def test_an_order_is_raw() -> None:
    rendered = order(POSITION)

    assert (rendered["type"], rendered["margin"], rendered["openPrice"]) == ("sell", 15_000, 645_065_700)
    assert rendered["effectiveLeverage"] == 6.67
    assert (rendered["takeProfit"], rendered["stopLoss"]) == (None, 650_000_000)
    assert rendered["trailingStopLoss"] is None


@pytest.mark.parametrize(
    ("side", "highest", "lowest"), [(Side.LONG, 645_000_000, None), (Side.SHORT, None, 645_000_000)]
)
def test_a_trailing_stop_has_the_best_price_of_its_side(
    side: Side, highest: int | None, lowest: int | None
) -> None:
    trailing = TrailingStop(distance=1_000_000, peak=645_000_000, stop_price=644_000_000)

    rendered = order(replace(POSITION, side=side, trailing_stop=trailing))

    assert rendered["trailingStopLoss"] == {
        "enabled": True,
        "trailingDistance": 1_000_000,
        "highestPrice": highest,
        "lowestPrice": lowest,
        "stopPrice": 644_000_000,
    }


def test_a_closed_order_has_its_receipt() -> None:
    rendered = closed_order(POSITION, CLOSING)

    assert rendered["receipt"] == {
        "tradeId": 7,
        "price": 5,
        "bid": 4,
        "ask": 6,
        "time": 8,
        "trigger": 650_000_000,
    }
    assert (rendered["closePrice"], rendered["pnl"], rendered["closeReason"]) == (
        651_386_067,
        -979,
        "stop_loss",
    )


def test_a_close_by_hand_has_no_receipt() -> None:
    assert closed_order(POSITION, replace(CLOSING, receipt=None))["receipt"] is None


@pytest.mark.parametrize(
    ("kind", "closing", "message"),
    [
        (EventKind.OPENED, None, "ORDER_OPENED"),
        (EventKind.MARGIN_ADDED, None, "ORDER_UPDATED"),
        (EventKind.REDUCED, None, "ORDER_UPDATED"),
        (EventKind.CLOSED, CLOSING, "ORDER_CLOSED"),
        (EventKind.CLOSED, replace(CLOSING, reason=CloseReason.LIQUIDATION), "ORDER_LIQUIDATED"),
    ],
)
def test_each_event_of_an_order_has_its_message(
    kind: EventKind, closing: Closing | None, message: str
) -> None:
    told = order_message(make_event(kind=kind, position=POSITION, closing=closing))

    assert (told["type"], told["seq"]) == (message, 4)
    assert told["data"]["margin"] == 150.0
    assert told["data"]["openPrice"] == 64_506.57
    assert told["data"]["liquidationPrice"] == 700_000_000
    assert told["data"]["balance"] == {"usd": 5000.01, "cents": 500_001}
    if closing:
        assert (told["data"]["closePrice"], told["data"]["pnl"]) == (65_138.6067, -9.79)


@pytest.mark.parametrize("kind", [EventKind.ACCOUNT_OPENED, EventKind.DEPOSITED, EventKind.RESET])
def test_an_event_without_an_order_is_a_balance(kind: EventKind) -> None:
    assert order_message(make_event(kind=kind)) == {
        "type": "BALANCE",
        "seq": 4,
        "data": {"usd": 5000.01, "cents": 500_001, "reason": str(kind)},
    }
