"""What the page gets is what the OpenAPI document says: its types are made of that."""

from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import PASSWORD, Api, body_of, order_body
from tests.support.books import journal
from tests.support.documented import JSON, answers_of, document_of
from tests.support.market import make_trade
from tests.support.stored import store
from tests.support.trading import Market

# Nobody's page asks them.
OF_OPERATORS = ("/health", "/ready")
# What differs from event to event, and what is always empty.
FREE = {
    "EventRow.details",
    "BalanceView.assets",
    "ActionRow.details",
    "WaitingRow.arguments",
    "ParkedWhole.arguments",
}
OPEN_ORDERS = "/api/v2/trade/open"


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


@pytest.fixture
def trader(api: Api, market: Market) -> Api:
    """A trader in that market, whose every answer is held against the document."""
    return api.signs_up()


def test_orders_are_as_documented_in_all_their_states(
    trader: Api, market: Market, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    # Given an order with every trigger, seen before it is opened, changed, added to and closed in part
    triggers = {"takeProfit": "65000", "stopLoss": "64000"}
    assert trader.get("/trade/preview", **order_body(), **triggers, trailingDistance=100).status_code == 200
    trailing = {"enabled": True, "trailingDistance": 100}
    order_id = trader.opens(**triggers, trailingStopLoss=trailing)["orderId"]
    of_order = {"orderId": order_id}
    done(trader, "/trade/modify", of_order | {"stopLoss": None, "trailingStopLoss": trailing})
    done(trader, "/trade/add-margin", of_order | {"additionalMargin": 10})
    done(trader, "/trade/partial-close", of_order | {"percentage": 50})
    assert body_of(trader.get("/trade/open"))["orders"]

    # When a price takes its profit, and others are closed by hand
    market.trades_at("65100", trade_id=10**14)
    done(trader, "/trade/close", {"orderId": trader.opens()["orderId"]})
    trader.opens(type="sell")
    done(trader, "/trade/close-all", {})
    trader.opens()
    done(trader, "/trade/reset", {})
    journal(database, order_state, settings)

    # Then the history has them all, one with its receipt
    closed = body_of(trader.get("/trade/history"))["orders"]
    assert len(closed) == 5
    assert [order["closeReason"] for order in closed if order["receipt"]] == ["take_profit"]
    assert body_of(trader.get("/trade/performance"))["total"]["trades"] == 5
    assert body_of(trader.get("/trade/platform-profit"))["closedTrades"] == 5


def test_prices_and_candles_are_as_documented(trader: Api, database: sa.Engine) -> None:
    store(database, [make_trade(1), make_trade(2)])

    assert [asset["stale"] for asset in body_of(trader.get("/asset/"))["assets"]] == [False, True, True]
    for interval in ("1m", "1w"):
        assert body_of(trader.get("/asset/candles", asset="BTC", ts=interval))["candles"]


def test_the_account_is_as_documented(trader: Api) -> None:
    for path in ("balance", "me", "sessions", "security-events"):
        assert trader.get(f"/user/{path}").status_code == 200
    key = {"name": "bot", "scopes": ["read"], "password": PASSWORD}
    assert trader.post("/user/api-keys", key).status_code == 201
    assert body_of(trader.get("/user/api-keys"))["keys"]
    secret = done(trader, "/user/second-factor", {"password": PASSWORD})["secret"]
    done(trader, "/user/second-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    assert body_of(trader.get("/user/me"))["secondFactor"]["enabled"]
    assert trader.get("/auth/status").status_code == 200
    done(trader, "/user/refresh", {})
    done(trader, "/user/signout-everywhere", {})


def test_whatever_the_page_is_answered_has_a_shape(app: Flask) -> None:
    said = document_of(app)

    for path, item in said["paths"].items():
        for method, operation in item.items():
            for status, response in operation["responses"].items():
                if status.startswith("2") and not path.endswith(OF_OPERATORS):
                    assert "$ref" in response["content"][JSON]["schema"], (method, path)
    assert set(free_fields(said["components"]["schemas"])) == FREE


def test_every_schema_has_the_name_of_its_class(app: Flask) -> None:
    names = document_of(app)["components"]["schemas"]

    # APIFlask numbers classes of the same name, in the order of the routes.
    assert not [name for name in names if not name.isalpha()]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"orders": [], "seq": 1, "more": 1}),
        (200, {"orders": []}),
        (200, {"orders": [{"orderId": "1"}], "seq": 1}),
        (200, {"orders": [], "seq": None}),
        (202, {"orders": [], "seq": 1}),
    ],
)
def test_an_answer_that_the_document_has_not_is_noticed(app: Flask, status: int, body: Any) -> None:
    answers_of(app).check("GET", OPEN_ORDERS, 200, {"orders": [], "seq": 1})

    with pytest.raises(AssertionError, match=OPEN_ORDERS):
        answers_of(app).check("GET", OPEN_ORDERS, status, body)


def done(trader: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the trader is answered who asks for it, and gets it."""
    answer = trader.post(path, body)
    assert answer.status_code == 200, answer.text
    return body_of(answer)


def free_fields(schemas: dict[str, Any]) -> Iterator[str]:
    """The fields that may hold anything."""
    for name, schema in schemas.items():
        for field, said in schema.get("properties", {}).items():
            if said.get("additionalProperties") is True or not said.keys() & {"type", "anyOf", "$ref"}:
                yield f"{name}.{field}"
