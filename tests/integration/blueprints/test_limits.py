"""Rate limits: by address before sign-in, by account after it."""

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from orders.client import OrderDesk
from tests.support.api import PASSWORD, Api, order_body, problem_of
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market


@pytest.fixture
def limited(services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Flask:
    """An app that admits little."""
    return create_app(
        make_settings(
            services,
            rate_limits_enabled=True,
            rate_limit_signup="5/minute",
            rate_limit_signin="2/minute",
            rate_limit_trade="3/minute",
        )
    )


def test_what_comes_too_often_is_told_when_to_come_again(limited: Flask) -> None:
    api = Api(limited)
    credentials = {"email": "trader@example.com", "password": PASSWORD}
    answers = [api.post("/user/signin", credentials) for _ in range(3)]

    refused = answers[-1]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert problem_of(refused) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Limit"] == "2"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert int(refused.headers["RateLimit-Reset"]) > 0
    assert answers[0].headers["RateLimit-Remaining"] == "1"


def test_an_address_in_a_header_alone_is_not_believed(limited: Flask) -> None:
    api = Api(limited)
    credentials = {"email": "trader@example.com", "password": PASSWORD}

    statuses = [
        api.client.post(
            "/api/v2/user/signin", json=credentials, headers={"X-Forwarded-For": f"203.0.113.{number}"}
        ).status_code
        for number in range(3)
    ]

    assert statuses == [401, 401, 429]


def test_orders_are_limited_by_account_and_not_by_address(limited: Flask, desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12")
    busy, other = Api(limited).signs_up(), Api(limited).signs_up()

    statuses = [busy.post("/trade/open", order_body()).status_code for _ in range(4)]

    assert statuses == [201, 201, 201, 429]
    assert other.post("/trade/open", order_body()).status_code == 201
    assert len(desk.account(busy.user_id).positions) == 3


def test_previews_and_resets_are_limited_like_orders_each_for_itself(limited: Flask, desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12")
    api = Api(limited).signs_up()

    previews = [api.get("/trade/preview", **order_body()).status_code for _ in range(4)]
    resets = [api.post("/trade/reset", {}).status_code for _ in range(4)]

    assert previews == resets == [200, 200, 200, 429]
    assert api.post("/trade/open", order_body()).status_code == 201


def test_what_is_limited_is_not_done(limited: Flask, database: sa.Engine) -> None:
    api = Api(limited)
    for number in range(6):
        answer = api.post("/user/signup", {"email": f"t{number}@example.com", "password": PASSWORD})

    with database.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from users")) == 5
    assert answer.status_code == 429
