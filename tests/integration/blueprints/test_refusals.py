"""Refusals of the order desk as clients meet them: a price in doubt, a position beyond exact arithmetic."""

import pytest
from werkzeug.test import TestResponse

from orders.client import OrderDesk
from tests.support.api import Api, body_of, order_body, problem_of
from tests.support.trading import Market, make_tick


@pytest.fixture
def trader(api: Api, desk: OrderDesk) -> Api:
    """A trader in a market at 64500.12."""
    Market(desk).trades_at("64500.12")
    return api.signs_up()


def jumps(desk: OrderDesk, trades: int) -> None:
    """So many trades, a tenth above the price."""
    for _ in range(trades):
        desk.apply_tick(make_tick("BTC", "70950.13"))


def asked_of(trader: Api, order_id: str) -> dict[str, TestResponse]:
    """Everything that needs a price, under a key of its own."""
    order = {"orderId": order_id}
    trailing = {"enabled": True, "trailingDistance": 100}
    return {
        "open": trader.post("/trade/open", order_body(), key="open"),
        "preview": trader.get("/trade/preview", **order_body()),
        "modify": trader.post("/trade/modify", order | {"trailingStopLoss": trailing}, key="modify"),
        "partial close": trader.post("/trade/partial-close", order | {"percentage": 50}, key="partly"),
        "reset": trader.post("/trade/reset", {}, key="reset"),
        "close": trader.post("/trade/close", order, key="close"),
    }


def test_a_price_that_jumped_fills_nothing_until_further_trades_confirm_it(
    trader: Api, desk: OrderDesk
) -> None:
    order = trader.opens(takeProfit=70_000)
    jumps(desk, 1)

    for what, answer in asked_of(trader, order["orderId"]).items():
        assert problem_of(answer) == (503, "price_unconfirmed"), what
        assert answer.headers["Retry-After"] == "1", what
    closed_all = body_of(trader.post("/trade/close-all", {}))
    assert closed_all["closed"] == []
    assert [(each["orderId"], each["code"]) for each in closed_all["failed"]] == [
        (order["orderId"], "price_unconfirmed")
    ]
    # The order is as it was: the jump would have been its take profit.
    assert body_of(trader.get("/trade/open"))["orders"] == [order]

    # Two further trades confirm it: the take profit fires, and a retry of a refused request goes through.
    jumps(desk, 2)
    assert body_of(trader.get("/trade/open"))["orders"] == []
    opened = trader.post("/trade/open", order_body(), key="open")
    assert opened.status_code == 201
    assert body_of(opened)["order"]["openPrice"] == 709_572_250


def test_a_jump_that_comes_back_never_was(trader: Api, desk: OrderDesk) -> None:
    order = trader.opens(takeProfit=70_000)
    jumps(desk, 1)
    Market(desk).trades_at("64500.12")

    assert body_of(trader.get("/trade/open"))["orders"] == [order]
    assert trader.post("/trade/open", order_body()).status_code == 201


def test_a_position_beyond_exact_arithmetic_is_refused_with_the_largest(trader: Api, desk: OrderDesk) -> None:
    """At a price of next to nothing even a small margin is millions of coins."""
    Market(desk, "SOL").trades_at("0.01")
    asked = order_body(asset="SOL", margin=1_000, leverage=100)

    for answer in (trader.post("/trade/open", asked), trader.get("/trade/preview", **asked)):
        assert problem_of(answer) == (400, "position_too_large")
        [detail] = body_of(answer)["details"]
        assert detail["field"] == "margin"
        # An ask of 0.0101, at 34643 cents for each unit of it.
        assert "$34989.43" in detail["message"]
