"""What operators see and do: only they, never without a reason, always on record."""

from typing import Any
from uuid import uuid4

import dramatiq
import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from operators.parking import Failure, park
from operators.pauses import paused_actors
from operators.system import PROCESSES
from orders.client import OrderDesk
from runtime.pulse import Pulse
from runtime.settings import Settings
from runtime.version import VERSION
from tests.support.api import API, Api, body_of, order_body, problem_of
from tests.support.books import assert_ledger_agrees, journal
from tests.support.routes import NOBODYS, OPS_ROUTES, Route
from tests.support.trading import Market

WHY = "told to by the risk desk"


@pytest.fixture
def market(desk: OrderDesk) -> None:
    """BTC and ETH have a price."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")


@pytest.fixture
def trader(app: Flask) -> Api:
    """Somebody who trades."""
    return Api(app).signs_up("trader@example.com")


@pytest.mark.parametrize("route", OPS_ROUTES, ids=lambda route: route.name)
def test_every_route_is_for_operators_only(app: Flask, trader: Api, route: Route) -> None:
    stranger = Api(app)

    assert problem_of(call(trader, route)) == (403, "operators_only")
    assert problem_of(call(stranger, route))[0] == 401


def test_a_key_of_an_operator_is_no_operator(operator: Api) -> None:
    made = operator.post(
        "/user/api-keys", {"name": "bot", "scopes": ["read", "trade"], "password": "correct horse battery"}
    )
    operator.token = body_of(made)["key"]

    assert problem_of(operator.get("/ops/queues")) == (403, "session_required")


@pytest.mark.parametrize("route", [route for route in OPS_ROUTES if route.body], ids=lambda route: route.name)
@pytest.mark.parametrize("reason", [None, "", "why", " " * 20, "x" * 501, 12345])
def test_no_action_without_a_reason(operator: Api, database: sa.Engine, route: Route, reason: Any) -> None:
    assert route.body is not None
    body = {name: value for name, value in route.body.items() if name != "reason"}

    answer = call(operator, route, body | ({} if reason is None else {"reason": reason}))

    assert answer.status_code == 400, answer.text
    assert body_of(operator.get("/ops/actions")) == {"actions": [], "more": False}


@pytest.mark.usefixtures("market", "worker")
def test_a_halted_asset_can_be_closed_and_not_opened(operator: Api, trader: Api) -> None:
    order = trader.opens(asset="ETH")

    limited = operator.put("/ops/limits/ETH", {"closeOnly": True, "reason": WHY})

    assert limited.status_code == 200, limited.text
    assert problem_of(trader.post("/trade/open", order_body(asset="ETH"))) == (409, "asset_close_only")
    trader.opens(asset="BTC")
    assert trader.post("/trade/close", {"orderId": order["orderId"]}).status_code == 200
    (action,) = body_of(operator.get("/ops/actions", subject="asset ETH"))["actions"]
    assert (action["operator"], action["reason"], action["outcome"]) == (operator.email, WHY, "done")
    assert action["details"] == {
        "closeOnly": True,
        "positionMax": None,
        "exposureMax": None,
        "leverageMax": None,
    }
    # And lifted again
    assert operator.put("/ops/limits/ETH", {"reason": WHY}).status_code == 200
    trader.opens(asset="ETH")


@pytest.mark.usefixtures("market", "worker")
@pytest.mark.parametrize(
    ("limits", "order", "code"),
    [
        ({"leverageMax": 5}, {}, "leverage_above_limit"),
        ({"positionMax": 99_999}, {}, "position_above_limit"),
        ({"exposureMax": 99_999}, {}, "exposure_above_limit"),
    ],
)
def test_limits_refuse_in_words(
    operator: Api, trader: Api, limits: dict[str, int], order: dict[str, Any], code: str
) -> None:
    assert operator.put("/ops/limits/BTC", limits | {"reason": WHY}).status_code == 200

    refused = trader.post("/trade/open", order_body(**order))

    assert problem_of(refused) == (409, code)
    assert "now" in body_of(refused)["error"]
    trader.opens(margin=10, leverage=2)


@pytest.mark.usefixtures("market", "worker")
def test_a_halted_account_can_close_and_not_open(operator: Api, trader: Api) -> None:
    order = trader.opens()

    halted = operator.post(f"/ops/accounts/{trader.user_id}/halt", {"reason": WHY})

    assert body_of(halted)["haltedSince"] is not None
    assert problem_of(trader.post("/trade/open", order_body())) == (403, "account_halted")
    assert trader.post("/trade/close", {"orderId": order["orderId"]}).status_code == 200
    resumed = operator.post(f"/ops/accounts/{trader.user_id}/resume", {"reason": WHY})
    assert body_of(resumed)["haltedSince"] is None
    trader.opens()


def test_what_no_worker_applies_is_kept_and_said(operator: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprints.ops.limits.APPLY_LIMIT_MS", 100)

    answer = operator.put("/ops/limits/ETH", {"closeOnly": True, "reason": WHY})

    assert problem_of(answer) == (503, "not_applied_yet")
    limits = {one["symbol"]: one for one in body_of(operator.get("/ops/limits"))["limits"]}
    assert limits["ETH"]["closeOnly"]
    (action,) = body_of(operator.get("/ops/actions"))["actions"]
    assert action["outcome"] == "failed"
    assert "Rejected" in action["error"]


@pytest.mark.usefixtures("market")
def test_an_adjusted_balance_is_a_ledger_entry_and_a_line_on_record(
    operator: Api, trader: Api, database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    answer = operator.post(f"/ops/accounts/{trader.user_id}/adjust", {"cents": -12_345, "reason": WHY})

    assert body_of(answer)["balance"]["cents"] == 500_000 - 12_345
    (action,) = body_of(operator.get("/ops/actions", subject=f"account {trader.user_id}"))["actions"]
    journal(database, order_state, settings)
    assert_ledger_agrees(database)
    events = body_of(operator.get(f"/ops/accounts/{trader.user_id}/events"))["events"]
    assert (events[0]["kind"], events[0]["balance"]) == ("adjusted", 500_000 - 12_345)
    assert events[0]["fields"]["request_id"] == f"operator:{action['actionId']}"
    assert events[0]["fields"]["trace"] == answer.headers["X-Request-ID"]


def test_more_than_there_is_can_not_be_taken(operator: Api, trader: Api) -> None:
    answer = operator.post(f"/ops/accounts/{trader.user_id}/adjust", {"cents": -500_001, "reason": WHY})

    assert problem_of(answer) == (400, "insufficient_balance")
    (action,) = body_of(operator.get("/ops/actions"))["actions"]
    assert action["outcome"] == "failed"


@pytest.mark.usefixtures("market")
def test_an_account_is_found_looked_at_and_started_over(operator: Api, trader: Api) -> None:
    order = trader.opens()

    (found,) = body_of(operator.get("/ops/accounts", words="TRADER@"))["accounts"]
    looked = body_of(operator.get(f"/ops/accounts/{found['userId']}"))

    assert [one["orderId"] for one in looked["orders"]] == [order["orderId"]]
    answer = operator.post(f"/ops/accounts/{trader.user_id}/reset", {"reason": WHY})
    assert body_of(answer)["balance"]["cents"] == 500_000
    assert body_of(trader.get("/trade/open"))["orders"] == []
    assert problem_of(operator.get(f"/ops/accounts/{NOBODYS}")) == (404, "account_unknown")


@pytest.mark.usefixtures("market")
def test_the_risk_is_the_sum_of_what_is_open(
    operator: Api,
    trader: Api,
    database: sa.Engine,
    order_state: redis.Redis,
    settings: Settings,
    desk: OrderDesk,
) -> None:
    trader.opens(margin=100, leverage=10)
    trader.opens(margin=50, leverage=10, type="sell")
    Market(desk).trades_at("65000")
    journal(database, order_state, settings)

    risk = body_of(operator.get("/ops/risk"))

    (asset,) = risk["assets"]
    assert (asset["longs"], asset["shorts"]) == (1, 1)
    assert (asset["longNotional"], asset["shortNotional"], asset["net"]) == (100_000, 50_000, 50_000)
    (largest,) = risk["largest"]
    assert (largest["email"], largest["pnl"]) == (trader.email, -asset["pnl"])
    live = body_of(trader.get("/trade/open"))["orders"]
    assert len(live) == 2
    assert {(band["side"], band["percent"]) for band in risk["heat"]} == {("long", 25), ("short", 10)}
    (step,) = body_of(operator.get("/ops/profit", days=1))["steps"]
    assert (step["fees"], step["trading"], step["shortfall"]) == (75, 0, 0)


def test_a_parked_message_is_read_retried_and_dropped(
    operator: Api, database: sa.Engine, settings: Settings
) -> None:
    first, second = (parked(database, subject) for subject in ("one", "two"))

    listed = body_of(operator.get("/ops/messages"))["messages"]
    whole = body_of(operator.get(f"/ops/messages/{first}"))

    assert {one["id"] for one in listed} == {first, second}
    assert whole["arguments"] == {"args": ["one"], "kwargs": {}}
    assert "ValueError: broken" in whole["traceback"]
    assert operator.post(f"/ops/messages/{first}/retry", {"reason": WHY}).status_code == 200
    (waiting,) = body_of(operator.get("/ops/queues/mail/messages"))["messages"]
    assert (waiting["actor"], waiting["arguments"]["args"]) == ("send_mail", ["one"])
    dropped = operator.post(f"/ops/messages/{second}/drop", {"reason": WHY})
    assert body_of(dropped)["state"] == "dropped"
    assert problem_of(operator.post(f"/ops/messages/{second}/retry", {"reason": WHY}))[0] == 404
    queues = {one["queue"]: one for one in body_of(operator.get("/ops/queues"))["queues"]}
    assert (queues["mail"]["ready"], queues["mail"]["parked"]) == (1, 0)


def test_all_of_an_actor_are_retried_at_once(operator: Api, database: sa.Engine) -> None:
    for subject in ("one", "two", "three"):
        parked(database, subject)

    answer = operator.post("/ops/messages/retry", {"actor": "send_mail", "reason": WHY})

    assert body_of(answer) == {"retried": 3, "more": False}
    assert body_of(operator.post("/ops/messages/retry", {"reason": WHY}))["retried"] == 0


def call(api: Api, route: Route, body: Any = None) -> TestResponse:
    """A route as it is listed, or with another body."""
    sent = route.body if body is None else body
    return api.request(route.method, API + route.path, query_string=route.query, json=sent)


def parked(database: sa.Engine, subject: str) -> int:
    """A mail that failed for good; its id."""
    try:
        raise ValueError(f"broken {uuid4()}")
    except ValueError as error:
        message: dramatiq.Message[Any] = dramatiq.Message("mail", "send_mail", (subject,), {}, {})
        failure = Failure.of(message, "mail", error, 10)
    with database.begin() as connection:
        assert park(connection, failure, parked_max=100)
        found = connection.execute(
            sa.text("SELECT id FROM parked_messages WHERE subject = :subject"), {"subject": subject}
        )
        return int(found.scalar_one())


def test_how_the_desk_stands_is_told_part_by_part(
    operator: Api, queues: redis.Redis, settings: Settings
) -> None:
    Pulse(settings, "web").beat(queues)

    said = body_of(operator.get("/ops/system"))

    (process,) = said["processes"]
    assert (process["process"], process["version"]) == ("web", VERSION)
    assert process["residentBytes"] > 0
    assert set(said["missing"]) == {*PROCESSES} - {"web"}
    versions = {server["name"]: server["version"] for server in said["servers"]}
    assert versions["PostgreSQL"].startswith("PostgreSQL 1")
    assert versions["Queues"].startswith("Valkey ")
    assert versions["Order state"].split(" ")[0] in {"Valkey", "Redis"}
    assert [one["shard"] for one in said["journal"]] == [0]
    assert said["snapshots"].pop("keptBytes") > 0
    assert said["snapshots"] == {"accounts": 0, "seconds": 0.0}
    # No batcher, poller and relay has told anything.
    assert (said["batcher"], said["feed"], said["relay"], said["unread"]) == (None, None, None, {})


def test_an_actor_is_paused_and_resumed_on_record(operator: Api, queues: redis.Redis) -> None:
    paused = operator.post("/ops/actors/send_mail/pause", {"reason": WHY})

    assert paused.status_code == 200, paused.text
    assert body_of(paused)["pausedWhy"] == WHY
    assert set(paused_actors(queues)) == {"send_mail"}
    told = {row["actor"]: row for row in body_of(operator.get("/ops/actors"))["actors"]}
    assert (told["send_mail"]["mayPause"], told["apply_limits"]["mayPause"]) == (True, False)
    assert problem_of(operator.post("/ops/actors/apply_limits/pause", {"reason": WHY})) == (
        409,
        "actor_never_paused",
    )
    assert problem_of(operator.post("/ops/actors/nothing/pause", {"reason": WHY})) == (404, "actor_unknown")

    resumed = operator.post("/ops/actors/send_mail/resume", {"reason": WHY})

    assert body_of(resumed)["pausedSince"] is None
    assert paused_actors(queues) == {}
    kinds = [(one["kind"], one["outcome"]) for one in body_of(operator.get("/ops/actions"))["actions"]]
    assert kinds == [("actor_resumed", "done"), ("actor_paused", "failed"), ("actor_paused", "done")]
