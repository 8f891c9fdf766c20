"""Starting over: all of it or nothing, once for its key, and only for the one who asks."""

from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from orders.client import OrderDesk
from orders.keys import terms_key
from runtime.settings import Settings
from tests.support.api import API, Api, body_of, problem_of
from tests.support.books import assert_ledger_agrees
from tests.support.trading import Market, Trader, events, request
from workers.orders import ShardJournal

START = {"usd": 5000.0, "cents": 500_000}


@pytest.fixture
def trader(api: Api, desk: OrderDesk) -> Api:
    """A trader in a market of BTC and ETH."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    return api.signs_up()


def balance(api: Api) -> Any:
    """The trader's free money."""
    return body_of(api.get("/user/balance"))["balance"]


def open_ids(api: Api) -> list[str]:
    """What is open."""
    return [order["orderId"] for order in body_of(api.get("/trade/open"))["orders"]]


def test_a_reset_closes_everything_and_gives_the_demo_balance_back(trader: Api, desk: OrderDesk) -> None:
    orders = [trader.opens(), trader.opens(asset="ETH", type="sell", margin=20, leverage=100)]
    Market(desk).trades_at("65145.1212")

    answer = trader.post("/trade/reset", {})

    body = body_of(answer)
    closed = body.pop("closed")
    assert answer.status_code == 200
    assert body == {"message": "Account reset", "balance": START}
    assert balance(trader) == START
    assert open_ids(trader) == []
    assert [order["orderId"] for order in closed] == [order["orderId"] for order in orders]
    assert closed[0].pop("closeTimestamp") >= orders[0]["openTimestamp"]
    assert closed[0] == orders[0] | {
        "closePrice": 651_386_067,
        "pnl": 979,
        "fee": 50,
        "closeReason": "manual",
        "parentOrderId": None,
        "receipt": None,
    }


@pytest.mark.parametrize("deposit", [0, 1, 12_345_678])
def test_whoever_has_more_than_the_demo_balance_has_it_again_too(
    trader: Api, desk: OrderDesk, order_state: redis.Redis, deposit: int
) -> None:
    if deposit:
        desk.deposit(trader.user_id, request(), deposit)

    assert body_of(trader.post("/trade/reset", {})) == {
        "message": "Account reset",
        "balance": START,
        "closed": [],
    }
    assert events(order_state, trader.user_id)[-1].amount == -deposit


def test_a_retry_is_answered_word_for_word_and_resets_nothing_more(trader: Api, desk: OrderDesk) -> None:
    trader.opens()
    first = trader.post("/trade/reset", {}, key="start over")
    Market(desk).trades_at("66000")
    since = trader.opens(margin=50)["orderId"]

    again = trader.post("/trade/reset", {"more": "is ignored"}, key="start over")
    without_a_body = trader.post("/trade/reset", key="start over")

    assert (first.status_code, first.data) == (again.status_code, again.data) == (200, first.data)
    assert without_a_body.data == first.data
    assert open_ids(trader) == [since]
    # Without the key it is another one.
    assert len(body_of(trader.post("/trade/reset", {}))["closed"]) == 1


def test_a_key_of_another_route_is_not_a_resets(trader: Api) -> None:
    trader.post("/trade/close-all", {}, key="k")
    order_id = trader.opens()["orderId"]

    assert problem_of(trader.post("/trade/reset", {}, key="k")) == (422, "idempotency_key_reused")
    assert open_ids(trader) == [order_id]


def test_where_one_position_has_no_price_nothing_is_done_until_it_has(
    trader: Api, order_state: redis.Redis, settings: Settings
) -> None:
    orders = [trader.opens()["orderId"], trader.opens(asset="ETH")["orderId"]]
    before = balance(trader)
    order_state.hset(terms_key(0, "ETH"), "stale_after_ms", -1)

    refused = trader.post("/trade/reset", {}, key="k")

    assert problem_of(refused) == (503, "price_stale")
    assert refused.headers["Retry-After"] == "1"
    assert (balance(trader), open_ids(trader)) == (before, orders)
    # The refusal was "not now": the same request goes through once there is a price.
    order_state.hset(terms_key(0, "ETH"), "stale_after_ms", settings.instrument("ETH").stale_after_ms)
    assert len(body_of(trader.post("/trade/reset", {}, key="k"))["closed"]) == 2
    assert (balance(trader), open_ids(trader)) == (START, [])


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}]
)
def test_a_reset_needs_no_body(trader: Api, headers: dict[str, str]) -> None:
    order_id = trader.opens()["orderId"]
    headers |= {"Authorization": f"Bearer {trader.token}"}

    answer = trader.client.post(f"{API}/trade/reset", headers=headers)

    assert [order["orderId"] for order in body_of(answer)["closed"]] == [order_id]


def test_other_routes_still_need_theirs(trader: Api) -> None:
    order_id = trader.opens()["orderId"]

    assert problem_of(trader.post("/trade/close-all")) == (415, "not_json")
    assert problem_of(trader.post_text("/trade/close-all", "")) == (400, "invalid_json")
    assert open_ids(trader) == [order_id]


def test_nobody_resets_another_one(trader: Api, app: Flask) -> None:
    order_id = trader.opens()["orderId"]
    before = balance(trader)
    stranger = Api(app).signs_up()

    for body in ({}, {"userId": trader.user_id}, {"orderId": order_id}):
        assert body_of(stranger.post("/trade/reset", body))["closed"] == []

    assert (balance(trader), open_ids(trader)) == (before, [order_id])


def test_the_books_of_a_reset_balance(
    trader: Api, desk: OrderDesk, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    trader.opens()
    Trader.with_balance(desk)
    Market(desk).trades_at("64000")
    trader.post("/trade/reset", {})

    assert ShardJournal(database, order_state, settings, shard=0).catch_up(seconds=5)

    assert_ledger_agrees(database)
    [closed] = body_of(trader.get("/trade/history"))["orders"]
    assert closed["closeReason"] == "manual"
