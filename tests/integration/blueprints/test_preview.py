"""What an open would do, shown beforehand: true to the open, refused as it would be, and without effect."""

from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from orders.client import OrderDesk
from orders.keys import terms_key
from tests.support.api import Api, body_of, order_body, problem_of
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.snapshot import snapshot
from tests.support.trading import Market

ORDERS: dict[str, dict[str, Any]] = {
    "a long": order_body(),
    "a short": order_body(type="sell", margin=20, leverage=100),
    "of ether": order_body(asset="ETH", margin="33.33", leverage=5),
    "a long that can't be liquidated": order_body(leverage=1),
    "with triggers": order_body(takeProfit=70_000, stopLoss="60000.5"),
    "with a trailing stop": order_body(trailingDistance="100.0001"),
    "a short with all": order_body(
        type="sell", takeProfit=60_000, stopLoss=70_000, trailingDistance=100, leverage=2
    ),
    "of all that there is": order_body(margin="4975.13"),
}
REFUSED: dict[str, dict[str, Any]] = {
    "too little margin": order_body(margin="9.99"),
    "too much margin": order_body(margin=2_000_000),
    "a leverage that isn't on offer": order_body(leverage=3),
    "more than there is": order_body(margin="4975.14"),
    "take profit on the wrong side": order_body(takeProfit=60_000),
    "stop loss on the wrong side": order_body(type="sell", stopLoss=60_000),
    "a trailing stop too far": order_body(trailingDistance=70_000),
    "no price": order_body(asset="SOL"),
}


@pytest.fixture
def trader(api: Api, desk: OrderDesk) -> Api:
    """A trader in a market of BTC and ETH."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    return api.signs_up()


def as_body(asked: dict[str, Any]) -> dict[str, Any]:
    """The open that a preview is of."""
    body = dict(asked)
    if "trailingDistance" in body:
        body["trailingStopLoss"] = {"enabled": True, "trailingDistance": body.pop("trailingDistance")}
    return body


def balance(api: Api) -> int:
    """The trader's free cents."""
    cents: int = body_of(api.get("/user/balance"))["balance"]["cents"]
    return cents


def test_a_preview_is_in_cents_and_raw_prices(trader: Api) -> None:
    answer = trader.get("/trade/preview", **order_body(takeProfit=70_000, stopLoss=60_000))

    body = body_of(answer)
    assert answer.status_code == 200
    assert body["order"].pop("openTimestamp") > 1_700_000_000_000
    assert body == {
        "order": {
            "orderId": None,
            "userId": trader.user_id,
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
            "takeProfit": 700_000_000,
            "stopLoss": 600_000_000,
            "trailingStopLoss": None,
        },
        "fee": 50,
        "feePercentage": 0.5,
        "balanceAfter": 489_950,
        "notional": 100_000,
        "gainPerPercent": 1_000,
        # 100000 x 54934300 / 645065700, and 100000 x -45065700 / 645065700, truncated.
        "pnlAtTakeProfit": 8_516,
        "pnlAtStopLoss": -6_986,
    }


def test_without_triggers_there_is_nothing_to_win_or_lose_at_them(trader: Api) -> None:
    body = body_of(trader.get("/trade/preview", **order_body()))

    assert (body["pnlAtTakeProfit"], body["pnlAtStopLoss"]) == (None, None)


def test_a_stop_loss_beyond_the_liquidation_loses_the_margin_and_no_more(trader: Api) -> None:
    body = body_of(trader.get("/trade/preview", **order_body(leverage=100, stopLoss=1)))

    assert body["pnlAtStopLoss"] == -10_000


@pytest.mark.parametrize("asked", ORDERS.values(), ids=ORDERS.keys())
def test_an_open_does_what_its_preview_said(trader: Api, asked: dict[str, Any]) -> None:
    seen = body_of(trader.get("/trade/preview", **asked))

    opened = body_of(trader.post("/trade/open", as_body(asked)))

    made = {"orderId": None, "openTimestamp": None}
    assert seen["order"] | made == opened["order"] | made
    assert (seen["fee"], seen["feePercentage"]) == (opened["fee"], opened["feePercentage"])
    assert (seen["balanceAfter"], seen["notional"]) == (balance(trader), opened["order"]["notional"])


@pytest.mark.parametrize("asked", REFUSED.values(), ids=REFUSED.keys())
def test_what_an_open_is_refused_for_its_preview_is_refused_for(trader: Api, asked: dict[str, Any]) -> None:
    seen, opened = trader.get("/trade/preview", **asked), trader.post("/trade/open", as_body(asked))

    assert problem_of(seen)[0] in {400, 503}
    assert (seen.status_code, seen.data) == (opened.status_code, opened.data)
    assert seen.headers.get("Retry-After") == opened.headers.get("Retry-After")


def test_a_stale_price_previews_nothing(trader: Api, order_state: redis.Redis) -> None:
    order_state.hset(terms_key(0, "BTC"), "stale_after_ms", -1)

    assert problem_of(trader.get("/trade/preview", **order_body())) == (503, "price_stale")


def test_a_preview_changes_nothing(
    trader: Api, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    before = snapshot(order_state, queues, database)
    for asked in (*ORDERS.values(), *REFUSED.values()):
        trader.get("/trade/preview", **asked)

    assert snapshot(order_state, queues, database) == before


def test_a_preview_is_of_the_tokens_account_whatever_else_is_asked(trader: Api, app: Flask) -> None:
    stranger = Api(app).signs_up()
    stranger.opens(margin=4_000)

    seen = body_of(trader.get("/trade/preview", **order_body(userId=stranger.user_id, orderId="x")))

    assert seen["order"]["userId"] == trader.user_id
    assert seen["balanceAfter"] == 489_950
    assert stranger.user_id not in str(seen)


def test_a_trader_who_may_not_open_may_not_preview(trader: Api, services: Services) -> None:
    # Where there is mail, a mailbox has to be proven first.
    with_mail = create_app(make_settings(services, mail_url="smtp+plain://127.0.0.1:1"))
    token, trader = trader.token, Api(with_mail)
    trader.token = token

    for answer in (trader.get("/trade/preview", **order_body()), trader.post("/trade/open", order_body())):
        assert problem_of(answer) == (403, "email_not_verified")
