"""Trailing stops at the edge: set at the open, changed, removed, rendered, fired, and told afterwards."""

from typing import Any

import pytest
import redis
import sqlalchemy as sa

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import Api, body_of, problem_of
from tests.support.trading import Market
from workers.orders import ShardJournal

# $100 behind the bid of a market at 64500.12.
OF_A_BUY: dict[str, Any] = {
    "enabled": True,
    "trailingDistance": 1_000_000,
    "highestPrice": 644_936_700,
    "lowestPrice": None,
    "stopPrice": 643_936_700,
}


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12: bid 64493.67, ask 64506.57."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


@pytest.fixture
def trader(api: Api, market: Market) -> Api:
    """A trader in that market."""
    return api.signs_up()


def trailing(distance: Any = 100) -> dict[str, Any]:
    """What asks for a trailing stop."""
    return {"enabled": True, "trailingDistance": distance}


def stop_of(trader: Api) -> Any:
    """The trailing stop of the trader's one open order."""
    [order] = body_of(trader.get("/trade/open"))["orders"]
    return order["trailingStopLoss"]


def modified(trader: Api, order: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The order after it was modified."""
    answer = trader.post("/trade/modify", {"orderId": order["orderId"]} | changed)
    assert answer.status_code == 200, answer.text
    changed_order: dict[str, Any] = body_of(answer)["order"]
    return changed_order


def test_a_buy_follows_the_highest_bid(trader: Api, market: Market) -> None:
    order = trader.opens(trailingStopLoss=trailing("100.00"))
    assert order["trailingStopLoss"] == OF_A_BUY

    market.trades_at("65145.1212")
    raised = OF_A_BUY | {"highestPrice": 651_386_067, "stopPrice": 650_386_067}
    assert stop_of(trader) == raised

    # It never comes back.
    market.trades_at("65100")
    assert stop_of(trader) == raised


def test_a_sell_follows_the_lowest_ask(trader: Api, market: Market) -> None:
    order = trader.opens(type="sell", trailingStopLoss=trailing())
    of_a_sell = OF_A_BUY | {"highestPrice": None, "lowestPrice": 645_065_700, "stopPrice": 646_065_700}
    assert order["trailingStopLoss"] == of_a_sell

    market.trades_at("64000")

    assert stop_of(trader) == of_a_sell | {"lowestPrice": 640_064_000, "stopPrice": 641_064_000}


@pytest.mark.parametrize("stop", [None, {"enabled": False}, {"enabled": False, "trailingDistance": 100}])
def test_an_order_is_opened_without_one_that_is_not_enabled(trader: Api, stop: Any) -> None:
    assert trader.opens(trailingStopLoss=stop)["trailingStopLoss"] is None


@pytest.mark.parametrize("stop", [None, {"enabled": False}, {"enabled": False, "trailingDistance": 7}])
def test_null_or_disabled_removes_it(trader: Api, market: Market, stop: Any) -> None:
    order = trader.opens(trailingStopLoss=trailing())

    assert modified(trader, order, trailingStopLoss=stop)["trailingStopLoss"] is None
    # And it is gone: this would have touched it.
    market.trades_at("64300")
    assert stop_of(trader) is None


def test_what_is_left_out_of_a_change_stays(trader: Api) -> None:
    order = trader.opens(stopLoss=60_000, trailingStopLoss=trailing())

    assert modified(trader, order, takeProfit=70_000)["trailingStopLoss"] == OF_A_BUY
    without = modified(trader, order, trailingStopLoss=None)
    assert (without["takeProfit"], without["stopLoss"]) == (700_000_000, 600_000_000)


def test_the_distance_that_it_has_keeps_the_best_price_and_another_starts_anew(
    trader: Api, market: Market
) -> None:
    order = trader.opens(trailingStopLoss=trailing())
    market.trades_at("65145.1212")
    market.trades_at("65100")
    raised = OF_A_BUY | {"highestPrice": 651_386_067, "stopPrice": 650_386_067}

    assert modified(trader, order, trailingStopLoss=trailing("100.0000"))["trailingStopLoss"] == raised
    # 65093.49: the bid of now, not the best so far.
    assert modified(trader, order, trailingStopLoss=trailing(200))["trailingStopLoss"] == {
        "enabled": True,
        "trailingDistance": 2_000_000,
        "highestPrice": 650_934_900,
        "lowestPrice": None,
        "stopPrice": 648_934_900,
    }


@pytest.mark.parametrize("distance", ["64493.67", 70_000, 13_000_000])
@pytest.mark.parametrize("path", ["/trade/open", "/trade/modify"])
def test_one_that_could_never_fire_is_refused_by_the_price_it_would_follow_from(
    trader: Api, path: str, distance: Any
) -> None:
    order = trader.opens(trailingStopLoss=trailing())
    asked = {"orderId": order["orderId"], "asset": "BTC", "type": "buy", "margin": 100, "leverage": 10}

    answer = trader.post(path, asked | {"trailingStopLoss": trailing(distance)})

    sentence = "The trailing distance is too large for the current price 64493.6700"
    assert problem_of(answer) == (400, "trailing_distance_out_of_range")
    assert body_of(answer)["error"] == sentence
    assert body_of(answer)["details"] == [{"field": "trailingStopLoss", "message": sentence}]
    assert stop_of(trader) == OF_A_BUY


def test_a_retry_of_a_change_is_answered_word_for_word(trader: Api, market: Market) -> None:
    order = trader.opens(trailingStopLoss=trailing())
    asked = {"orderId": order["orderId"], "trailingStopLoss": trailing(200)}

    first = trader.post("/trade/modify", asked, key="k")
    market.trades_at("64600")
    again = trader.post("/trade/modify", asked | {"trailingStopLoss": trailing("200.00")}, key="k")
    other = trader.post("/trade/modify", asked | {"trailingStopLoss": trailing(201)}, key="k")

    assert (again.status_code, again.data) == (first.status_code, first.data) == (200, first.data)
    assert problem_of(other) == (422, "idempotency_key_reused")


def test_one_that_fires_is_told_with_its_receipt(
    trader: Api,
    market: Market,
    database: sa.Engine,
    order_state: redis.Redis,
    settings: Settings,
) -> None:
    order = trader.opens(trailingStopLoss=trailing())
    market.trades_at("65145.1212")
    # A bid of 65033.4960, below the stop at 65038.6067
    market.trades_at("65040", trade_id=10**14, time_ms=1_700_000_000_123)
    ShardJournal(database, order_state, settings, shard=0).catch_up(seconds=5)

    [closed] = body_of(trader.get("/trade/history"))["orders"]

    assert closed.pop("closeTimestamp") >= order["openTimestamp"]
    assert closed == order | {
        "trailingStopLoss": OF_A_BUY | {"highestPrice": 651_386_067, "stopPrice": 650_386_067},
        "closePrice": 650_334_960,
        "pnl": 816,
        "fee": 50,
        "openingFee": 50,
        "netPnl": 716,
        "shortfall": 0,
        "closeReason": "trailing_stop",
        "parentOrderId": None,
        "receipt": {
            "tradeId": 10**14,
            "price": 650_400_000,
            "bid": 650_334_960,
            "ask": 650_465_040,
            "time": 1_700_000_000_123,
            "trigger": 650_386_067,
        },
    }
    assert body_of(trader.get("/trade/open"))["orders"] == []


def test_the_part_that_is_closed_and_the_rest_both_keep_it(trader: Api, market: Market) -> None:
    order = trader.opens(trailingStopLoss=trailing())
    market.trades_at("65145.1212")
    raised = OF_A_BUY | {"highestPrice": 651_386_067, "stopPrice": 650_386_067}

    trader.post("/trade/partial-close", {"orderId": order["orderId"], "percentage": 25})
    trader.post("/trade/add-margin", {"orderId": order["orderId"], "additionalMargin": 50})

    assert stop_of(trader) == raised
