"""What the routes answer that change an open order: the contract's shapes and units, on the worked cases."""

from typing import Any

import pytest

from orders.client import OrderDesk
from tests.support.api import Api, body_of, problem_of
from tests.support.trading import Market


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


@pytest.fixture
def order_id(api: Api, market: Market) -> str:
    """A long of $100 at 10x, opened at 64506.57."""
    return str(api.signs_up().opens()["orderId"])


def balance(api: Api) -> int:
    """The trader's free cents."""
    cents: int = body_of(api.get("/user/balance"))["balance"]["cents"]
    return cents


def open_orders(api: Api) -> list[dict[str, Any]]:
    """The trader's open orders."""
    orders: list[dict[str, Any]] = body_of(api.get("/trade/open"))["orders"]
    return orders


def test_a_partial_close_answers_what_was_closed_and_what_is_left(
    api: Api, market: Market, order_id: str
) -> None:
    market.trades_at("65145.1212")

    answer = api.post("/trade/partial-close", {"orderId": order_id, "percentage": 25})

    assert answer.status_code == 200
    assert body_of(answer) == {
        "message": "Order partly closed",
        "orderId": order_id,
        "percentageClosed": 25,
        "marginClosed": 2_500,
        "remainingMargin": 7_500,
        "pnl": 244,
        "closePrice": 651_386_067,
        "fee": 12,
        "feePercentage": 0.5,
        "netReturn": 2_732,
    }
    assert balance(api) == 489_950 + 2_732
    assert [(order["orderId"], order["notional"]) for order in open_orders(api)] == [(order_id, 75_000)]


def test_added_margin_answers_the_new_liquidation_price(api: Api, order_id: str) -> None:
    answer = api.post("/trade/add-margin", {"orderId": order_id, "additionalMargin": "50.00"})

    assert answer.status_code == 200
    assert body_of(answer) == {
        "message": "Margin added",
        "orderId": order_id,
        "additionalMargin": 50.0,
        "totalMargin": 15_000,
        "initialMargin": 10_000,
        "addedMargin": 5_000,
        "originalLeverage": 10,
        "effectiveLeverage": 6.67,
        "newLiquidationPrice": 548_305_845,
        "fee": 25,
        "feePercentage": 0.5,
    }
    assert balance(api) == 489_950 - 5_025


def test_triggers_are_set_kept_and_removed(api: Api, order_id: str) -> None:
    both = api.post("/trade/modify", {"orderId": order_id, "takeProfit": 70_000, "stopLoss": "60000.5"})
    one = api.post("/trade/modify", {"orderId": order_id, "takeProfit": None})

    assert (both.status_code, one.status_code) == (200, 200)
    orders = [body_of(answer)["order"] for answer in (both, one)]
    assert [(order["takeProfit"], order["stopLoss"]) for order in orders] == [
        (700_000_000, 600_005_000),
        (None, 600_005_000),
    ]
    assert open_orders(api) == [orders[1]]


def test_a_key_tells_leaving_out_from_removing(api: Api, order_id: str) -> None:
    """Two bodies that parse alike but for what was said: the second is another request."""
    api.post("/trade/modify", {"orderId": order_id, "takeProfit": 70_000})

    kept = api.post("/trade/modify", {"orderId": order_id}, key="k")
    removed = api.post("/trade/modify", {"orderId": order_id, "takeProfit": None}, key="k")

    assert kept.status_code == 200
    assert problem_of(removed) == (422, "idempotency_key_reused")
    assert open_orders(api)[0]["takeProfit"] == 700_000_000


def test_a_trigger_on_the_wrong_side_is_told_the_price_it_is_against(api: Api, order_id: str) -> None:
    answer = api.post("/trade/modify", {"orderId": order_id, "stopLoss": 65_000})

    sentence = "The stop loss is on the wrong side of the current price 64493.6700"
    assert problem_of(answer) == (400, "stop_loss_wrong_side")
    assert body_of(answer)["details"] == [{"field": "stopLoss", "message": sentence}]


def test_closing_all_answers_the_closed_orders(api: Api, order_id: str) -> None:
    other = api.opens(type="sell", margin=20)["orderId"]

    answer = api.post("/trade/close-all", {}, key="all")
    again = api.post("/trade/close-all", {}, key="all")

    body = body_of(answer)
    assert [order["orderId"] for order in body["closed"]] == [order_id, other]
    assert {order["closeReason"] for order in body["closed"]} == {"manual"}
    assert body["failed"] == []
    assert again.data == answer.data
    assert open_orders(api) == []


def test_closing_all_of_an_asset_without_orders_closes_nothing(api: Api, order_id: str) -> None:
    answer = api.post("/trade/close-all", {"asset": "SOL"})

    assert body_of(answer) == {"closed": [], "failed": []}
    assert [order["orderId"] for order in open_orders(api)] == [order_id]
