"""What every route answers when all is well: the shapes and units of the contract, exactly."""

from typing import Any
from uuid import UUID

import pytest

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import PASSWORD, Api, body_of, order_body
from tests.support.trading import Market

ORDER: dict[str, Any] = {
    "asset": "BTC",
    "type": "buy",
    "margin": 10_000,
    "initialMargin": 10_000,
    "addedMargin": 0,
    "leverage": 10,
    "effectiveLeverage": 10.0,
    "notional": 100_000,
    "openPrice": 645_065_700,
    "liquidationPrice": 580_559_130,
    "takeProfit": None,
    "stopLoss": None,
    "trailingStopLoss": None,
}


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12", time_ms=1_700_000_000_999)
    return market


def test_signing_up_makes_an_account_with_the_demo_balance(api: Api) -> None:
    answer = api.post("/user/signup", {"email": "New.Trader@Example.com", "password": PASSWORD})

    body = body_of(answer)
    api.token = body["token"]
    assert answer.status_code == 201
    assert body.keys() == {"message", "userId", "email", "token", "needsVerification"}
    assert body["needsVerification"] is False
    assert body_of(api.get("/user/balance")) == {
        "userId": str(UUID(body["userId"])),
        "email": "new.trader@example.com",
        "balance": {"usd": 5000.0, "cents": 500_000},
        "seq": 1,
        "assets": {},
    }


def test_signing_in_gives_a_token_of_the_same_account(api: Api) -> None:
    api.signs_up("trader@example.com")

    answer = api.post("/user/signin", {"email": "TRADER@example.com", "password": PASSWORD})

    body = body_of(answer)
    assert answer.status_code == 200
    assert body.keys() == {"message", "userId", "email", "token", "needsVerification"}
    assert body["userId"] == api.user_id


@pytest.mark.usefixtures("market")
def test_an_open_order_is_answered_in_cents_and_raw_prices(api: Api) -> None:
    api.signs_up()

    answer = api.post("/trade/open", order_body(margin="100.00", takeProfit=65_000.5, stopLoss="64000"))

    body = body_of(answer)
    order = body.pop("order")
    assert answer.status_code == 201
    assert body == {"message": "Order opened", "fee": 50, "feePercentage": 0.5}
    assert str(UUID(order.pop("orderId")))
    assert order.pop("openTimestamp") > 1_700_000_000_000
    assert order == ORDER | {"userId": api.user_id, "takeProfit": 650_005_000, "stopLoss": 640_000_000}
    assert body_of(api.get("/user/balance"))["balance"] == {"usd": 4899.5, "cents": 489_950}


@pytest.mark.usefixtures("market")
def test_the_open_orders_are_those_opened_in_their_order(api: Api) -> None:
    api.signs_up()
    assert body_of(api.get("/trade/open")) == {"orders": [], "seq": 1}
    opened = [api.opens(), api.opens(type="sell", margin=20)]

    assert body_of(api.get("/trade/open")) == {"orders": opened, "seq": 3}
    assert body_of(api.get("/user/balance"))["seq"] == 3


def test_closing_answers_the_raw_price_and_the_pnl_in_usd(api: Api, market: Market) -> None:
    api.signs_up()
    order = api.opens()
    market.trades_at("65145.1212")

    answer = api.post("/trade/close", {"orderId": order["orderId"]})

    assert answer.status_code == 200
    assert body_of(answer) == {
        "message": "Order closed",
        "orderId": order["orderId"],
        "closePrice": 651_386_067,
        "pnl": 9.79,
        "fee": 50,
    }
    assert body_of(api.get("/trade/open"))["orders"] == []
    assert body_of(api.get("/user/balance"))["balance"]["cents"] == 489_950 + 10_929


@pytest.mark.usefixtures("market")
def test_assets_are_quoted_in_usd_and_without_a_feed_not_at_all(api: Api, settings: Settings) -> None:
    answer = api.get("/asset/")

    by_symbol = {asset["symbol"]: asset for asset in body_of(answer)["assets"]}
    assert answer.status_code == 200
    assert list(by_symbol) == ["BTC", "ETH", "SOL"]
    assert by_symbol["BTC"] == {
        "symbol": "BTC",
        "name": "Bitcoin",
        "buyPrice": 64_506.57,
        "sellPrice": 64_493.67,
        "decimals": 4,
        "imageUrl": "/assets-img/btc.svg",
        "time": 1_700_000_000,
        "stale": False,
        "source": "test",
        "feeBps": 50,
        "spreadBps": 1,
        "minMargin": 1_000,
        "maxMargin": 100_000_000,
        "leverages": [1, 2, 5, 10, 20, 50, 100],
        "stopOutPercent": 0,
        "staleAfterMs": settings.price_stale_ms,
    }
    assert by_symbol["SOL"]["buyPrice"] is by_symbol["SOL"]["sellPrice"] is None
    assert by_symbol["SOL"]["stale"] is True


def test_candles_of_an_empty_range_are_an_empty_list(api: Api) -> None:
    far = 4_000_000_000

    answer = api.get("/asset/candles", asset="BTC", ts="1h", startTime=far, endTime=far + 3600)

    assert answer.status_code == 200
    assert body_of(answer) == {"candles": [], "meta": {"symbol": "BTC", "interval": "1h", "count": 0}}


def test_the_profit_of_an_empty_desk_is_nothing(api: Api) -> None:
    assert body_of(api.get("/trade/platform-profit")) == {
        "totalProfit": 0.0,
        "profitInCents": 0,
        "openTrades": 0,
        "closedTrades": 0,
        "totalTrades": 0,
        "lastUpdated": None,
    }


@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_a_running_desk_is_healthy_and_ready(api: Api, prefix: str) -> None:
    health, ready = api.client.get(f"{prefix}/health"), api.client.get(f"{prefix}/ready")

    assert (health.status_code, body_of(health)) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert body_of(ready) == {
        "status": "ok",
        "dependencies": {"postgresql": "ok", "orders": "ok", "queues": "ok"},
    }


def test_fields_that_nobody_knows_are_ignored(api: Api, market: Market) -> None:
    api.signs_up()

    order = api.opens(more={"deep": [1]}, userId="somebody else", fee=0)

    assert order["userId"] == api.user_id
    assert body_of(api.get("/user/balance"))["balance"]["cents"] == 489_950


def test_wrong_password_and_unknown_address_get_the_same_answer(api: Api) -> None:
    api.signs_up("trader@example.com")

    wrong = api.post("/user/signin", {"email": "trader@example.com", "password": "not the password"})
    unknown = api.post("/user/signin", {"email": "nobody@example.com", "password": PASSWORD})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.data == unknown.data
    assert list(wrong.headers.keys()) == list(unknown.headers.keys())


def test_an_address_that_is_taken_is_a_conflict(api: Api) -> None:
    api.signs_up("trader@example.com")

    answer = api.post("/user/signup", {"email": "Trader@EXAMPLE.com", "password": PASSWORD})

    assert (answer.status_code, body_of(answer)["code"]) == (409, "email_taken")


@pytest.mark.usefixtures("market")
def test_a_retry_with_the_same_key_is_answered_word_for_word(api: Api, desk: OrderDesk) -> None:
    api.signs_up()
    first = api.post("/trade/open", order_body(margin=100.5), key="a key")
    Market(desk).trades_at("66000")
    again = api.post("/trade/open", order_body(margin="100.50"), key="a key")
    other = api.post("/trade/open", order_body(margin=100.51), key="a key")
    close = {"orderId": body_of(first)["order"]["orderId"]}
    closed = [api.post("/trade/close", close, key="another key") for _ in range(2)]

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert (other.status_code, body_of(other)["code"]) == (422, "idempotency_key_reused")
    assert closed[0].status_code == 200
    assert closed[0].data == closed[1].data


@pytest.mark.usefixtures("market")
def test_a_key_of_one_route_is_not_another_routes(api: Api) -> None:
    api.signs_up()
    order = api.opens()
    api.post("/trade/open", order_body(), key="a key")

    answer = api.post("/trade/close", {"orderId": order["orderId"]}, key="a key")

    assert answer.status_code == 422
    assert len(body_of(api.get("/trade/open"))["orders"]) == 2
