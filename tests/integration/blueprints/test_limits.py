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


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        # One customer's network: whoever has one of it has all of it.
        ([f"2001:db8:1:2::{number}" for number in range(1, 4)], [401, 401, 429]),
        ([f"2001:db8:1:{number}::1" for number in range(1, 4)], [401, 401, 401]),
        # One IPv4 address, seen over IPv6 or not.
        (["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"], [401, 401, 429]),
        ([f"::ffff:203.0.113.{number}" for number in range(1, 4)], [401, 401, 401]),
    ],
)
def test_an_address_of_ipv6_is_its_network(limited: Flask, addresses: list[str], expected: list[int]) -> None:
    client = limited.test_client()
    credentials = {"email": "trader@example.com", "password": PASSWORD}

    statuses = [
        client.post(
            "/api/v2/user/signin", json=credentials, environ_base={"REMOTE_ADDR": address}
        ).status_code
        for address in addresses
    ]

    assert statuses == expected


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


def test_behind_a_proxy_the_address_is_what_that_proxy_has_seen(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    settings = make_settings(
        services, rate_limits_enabled=True, rate_limit_signin="2/minute", trusted_proxies=1
    )
    api = Api(create_app(settings))
    credentials = {"email": "trader@example.com", "password": PASSWORD}

    def statuses(*forwarded: str) -> list[int]:
        return [
            api.client.post(
                "/api/v2/user/signin", json=credentials, headers={"X-Forwarded-For": value}
            ).status_code
            for value in forwarded
        ]

    # What the client claims stands before what the proxy adds.
    spoofed = statuses(*(f"198.51.100.{number}, 203.0.113.7" for number in range(3)))

    assert spoofed == [401, 401, 429]
    assert statuses("203.0.113.8") == [401]


def test_one_who_reads_too_much_is_told_to_wait_and_nobody_else(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    app = create_app(make_settings(services, rate_limits_enabled=True, rate_limit_user="3/minute"))
    busy, other = Api(app).signs_up(), Api(app).signs_up()

    statuses = [busy.get("/user/me").status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]
    assert other.get("/user/me").status_code == 200


def test_one_address_does_not_take_it_all(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    app = create_app(make_settings(services, rate_limits_enabled=True, rate_limit_address="5/minute"))
    api = Api(app)

    statuses = [api.get(path).status_code for path in ("/asset/", "/openapi.json", "/nope") for _ in range(2)]

    assert statuses[:4] == [200] * 4
    assert problem_of(api.get("/asset/")) == (429, "too_many_requests")
    assert api.client.get("/health").status_code == 200
    elsewhere = api.client.get("/api/v2/asset/", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200


def test_with_the_counters_away_one_may_read_and_not_guess(
    services: Services,
    order_state: redis.Redis,
    queues: redis.Redis,
    database: sa.Engine,
    desk: OrderDesk,
) -> None:
    Market(desk).trades_at("64500.12")
    here = Api(create_app(make_settings(services))).signs_up()
    settings = make_settings(services, rate_limits_enabled=True, redis_url="redis://127.0.0.1:1/0")
    blind = Api(create_app(settings))
    blind.token = here.token

    assert blind.get("/asset/").status_code == 200
    assert blind.get("/user/me").status_code == 200
    assert blind.post("/trade/open", order_body()).status_code == 201
    credentials = {"email": here.email, "password": PASSWORD}
    for path, body in {
        "/user/signin": credentials,
        "/user/signup": credentials,
        "/user/refresh": {},
        "/user/verify-email": {"email": here.email, "code": "123456"},
        "/user/resend-code": {"email": here.email},
        "/user/password-reset": {"email": here.email},
        "/auth/exchange": {"code": "a code"},
    }.items():
        assert problem_of(blind.post(path, body)) == (503, "unavailable"), path
