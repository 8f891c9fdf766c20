"""With a server away the edge answers 503 in the contract's shape, and works again once it is back."""

import gc
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa

from app import create_app
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import PASSWORD, Api, body_of, order_body, problem_of
from tests.support.opening import open_all
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings
from tests.support.trading import Market


@pytest.fixture(autouse=True)
def _hung_up() -> Iterator[None]:
    """Every Redis connection is closed at the end.

    An app that met a dead server lies in reference cycles with the errors, and the garbage collector may come
    upon a socket before its owner closes it, which is a warning and so a failure of whatever runs then.
    """
    yield
    for thing in gc.get_objects():
        # Not isinstance: Flask's proxies answer for what they stand for, and stand for nothing here.
        if issubclass(type(thing), redis.ConnectionPool):
            thing.disconnect()


@pytest.fixture(params=["orders", "queues"])
def server(services: Services, request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """One of the two Redis servers, running again when the test is over."""
    server = services.servers[request.param]
    yield server
    server.stop()
    server.start().wait()


@pytest.fixture
def limited(services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Api:
    """A program that calls an app whose rate limits are on, as in production."""
    return Api(create_app(make_settings(services, rate_limits_enabled=True)))


def test_an_outage_is_a_503_and_passes(
    limited: Api, desk: OrderDesk, order_state: redis.Redis, settings: Settings, server: RunningServer
) -> None:
    Market(desk).trades_at("64500.12")
    limited.signs_up("trader@example.com")
    before = limited.opens()
    credentials = {"email": "trader@example.com", "password": PASSWORD}

    server.kill()
    answers = {
        "open": limited.post("/trade/open", order_body(), key="a key"),
        "close": limited.post("/trade/close", {"orderId": before["orderId"]}),
        "preview": limited.get("/trade/preview", **order_body()),
        "reset": limited.post("/trade/reset", key="another key"),
        "sign in": limited.post("/user/signin", credentials),
        "sign up": limited.post("/user/signup", credentials | {"email": "new@example.com"}),
        "ready": limited.get("/ready"),
        "health": limited.get("/health"),
    }
    if server.server.name == "orders":
        answers["open orders"] = limited.get("/trade/open")
        answers["balance"] = limited.get("/user/balance")
        answers["assets"] = limited.get("/asset/")
        answers["history"] = limited.get("/trade/history")
        # The account is in PostgreSQL; only its money is not to be seen.
        answers.pop("sign in")

    assert answers.pop("health").status_code == 200
    if server.server.name == "queues":
        # What can be guessed at is refused; the rest goes on, its limits counted by each process for itself.
        for what in ("open", "close", "preview", "reset"):
            assert answers.pop(what).status_code in {200, 201}, what
    ready = answers.pop("ready")
    assert (ready.status_code, body_of(ready)["status"]) == (503, "unavailable")
    assert body_of(ready)["dependencies"][server.server.name] == "ConnectionError"
    for what, answer in answers.items():
        assert problem_of(answer) == (503, "unavailable"), what
        assert answer.headers["Retry-After"] == "1", what

    server.start().wait()
    if server.server.name == "orders":
        # There again, and nobody has looked yet whether all of it is.
        ready = limited.get("/ready")
        assert (ready.status_code, body_of(ready)["dependencies"]["orders"]) == (503, "state_unproven")
        for unproven in (limited.post("/trade/open", order_body(), key="a key"), limited.get("/trade/open")):
            assert problem_of(unproven) == (503, "state_unproven")
            assert unproven.headers["Retry-After"] == "1"
        open_all(order_state, settings)
    Market(desk).trades_at("64500.12")
    assert limited.get("/ready").status_code == 200
    opened = limited.post("/trade/open", order_body(), key="a key")
    assert opened.status_code == 201
    signed_in = limited.post("/user/signin", credentials)
    assert signed_in.status_code == 200
    limited.token = body_of(signed_in)["token"]
    orders = body_of(limited.get("/trade/open"))["orders"]
    # What went on meanwhile was the end of both.
    still_open = [before["orderId"], body_of(opened)["order"]["orderId"]]
    assert [order["orderId"] for order in orders] == ([] if server.server.name == "queues" else still_open)


def test_a_sign_up_that_an_outage_cut_off_is_made_whole_by_signing_in(
    api: Api, services: Services, desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    credentials = {"email": "trader@example.com", "password": PASSWORD}
    orders = services.servers["orders"]
    orders.kill()
    try:
        cut_off = api.post("/user/signup", credentials)
    finally:
        orders.start().wait()
    open_all(order_state, settings)

    signed_in = api.post("/user/signin", credentials)

    assert cut_off.status_code == 503
    assert signed_in.status_code == 200
    assert desk.account(body_of(signed_in)["userId"]).balance == 500_000
