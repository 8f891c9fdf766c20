"""Keys of programs: shown once, let in as far as their scopes say, from where they may, until they end."""

import time
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from models import ApiKey
from orders.client import OrderDesk
from tests.support.api import PASSWORD, Api, body_of, order_body, problem_of
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market


def makes_key(owner: Api, **changed: Any) -> dict[str, Any]:
    """A key of the owner's, for reading and trading unless changed; the answer."""
    answer = owner.post(
        "/user/api-keys", {"name": "bot", "scopes": ["read", "trade"], "password": PASSWORD} | changed
    )
    assert answer.status_code == 201, answer.text
    return body_of(answer)


def program(app: Flask, key: str) -> Api:
    """A program that has the key."""
    api = Api(app)
    api.token = key
    return api


def test_a_key_is_shown_once_and_kept_as_a_hash(api: Api, database: sa.Engine) -> None:
    api.signs_up()

    made = makes_key(api, name="  my bot ")

    listed = body_of(api.get("/user/api-keys"))["keys"]
    assert made["key"].startswith("cfd_")
    assert listed == [made["apiKey"]]
    assert listed[0]["name"] == "my bot"
    assert made["key"].startswith(listed[0]["hint"])
    assert made["key"] not in str(listed)
    with database.connect() as connection:
        row = connection.execute(sa.select(ApiKey.__table__)).one()
    assert made["key"] not in str(row)


@pytest.mark.parametrize("password", [None, "not the password"])
def test_a_key_is_made_only_by_who_has_the_password(api: Api, password: str | None) -> None:
    api.signs_up()
    answer = api.post("/user/api-keys", {"name": "x", "scopes": ["read"], "password": password})
    assert problem_of(answer) == (403, "wrong_password")
    assert body_of(api.get("/user/api-keys"))["keys"] == []


def test_a_key_does_what_its_scopes_say_and_nothing_of_its_owners(
    app: Flask, api: Api, desk: OrderDesk
) -> None:
    Market(desk).trades_at("64500.12")
    api.signs_up()
    reader = program(app, makes_key(api, scopes=["read"])["key"])
    trader = program(app, makes_key(api, scopes=["trade"])["key"])

    assert body_of(reader.get("/user/balance"))["userId"] == api.user_id
    assert problem_of(reader.post("/trade/open", order_body())) == (403, "scope_missing")
    assert trader.post("/trade/open", order_body()).status_code == 201
    assert problem_of(trader.get("/user/balance")) == (403, "scope_missing")
    for key in (reader, trader):
        for method, path in (
            ("GET", "/user/sessions"),
            ("GET", "/user/api-keys"),
            ("POST", "/user/api-keys"),
            ("GET", "/user/security-events"),
            ("POST", "/user/signout-everywhere"),
        ):
            answer = key.request(method, f"/api/v2{path}", json={"name": "x", "scopes": ["read"]})
            assert problem_of(answer) == (403, "session_required"), path
        assert problem_of(key.post("/user/signout")) == (403, "session_required")


def test_a_revoked_key_is_good_for_nothing_at_once(app: Flask, api: Api, queues: redis.Redis) -> None:
    api.signs_up()
    made, other = makes_key(api), makes_key(api)
    bot, stranger = program(app, made["key"]), Api(app).signs_up()
    assert bot.get("/user/balance").status_code == 200
    path = f"/api/v2/user/api-keys/{made['apiKey']['keyId']}"

    assert problem_of(stranger.request("DELETE", path)) == (404, "key_unknown")
    assert bot.get("/user/balance").status_code == 200
    assert api.request("DELETE", path).status_code == 200

    assert problem_of(bot.get("/user/balance")) == (401, "invalid_token")
    queues.flushall()
    assert problem_of(bot.get("/user/balance")) == (401, "invalid_token")
    assert problem_of(api.request("DELETE", path)) == (404, "key_unknown")
    assert program(app, other["key"]).get("/user/balance").status_code == 200


def test_a_key_ends_by_itself(app: Flask, api: Api, database: sa.Engine, queues: redis.Redis) -> None:
    api.signs_up()
    soon = int(time.time() * 1000) + 3_600_000
    made = makes_key(api, expiresAt=soon)
    bot = program(app, made["key"])
    assert made["apiKey"]["expiresAt"] == soon
    assert bot.get("/user/balance").status_code == 200

    with database.begin() as connection:
        connection.execute(sa.update(ApiKey).values(expires_at=sa.func.now()))
    queues.flushall()

    assert problem_of(bot.get("/user/balance")) == (401, "invalid_token")
    past = api.post("/user/api-keys", {"name": "x", "scopes": ["read"], "expiresAt": 1, "password": PASSWORD})
    assert problem_of(past) == (400, "invalid_input")


@pytest.mark.parametrize(
    ("addresses", "here", "is_let_in"),
    [
        (["192.0.2.0/24"], "192.0.2.7", True),
        (["192.0.2.0/24"], "192.0.3.7", False),
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", True),
        (["192.0.2.0/24"], "", False),
        ([], "203.0.113.9", True),
    ],
)
def test_a_key_is_good_from_its_networks_only(
    app: Flask, api: Api, addresses: list[str], here: str, is_let_in: bool
) -> None:
    api.signs_up()
    bot = program(app, makes_key(api, addresses=addresses)["key"])

    answer = bot.request("GET", "/api/v2/user/balance", environ_base={"REMOTE_ADDR": here})

    assert answer.status_code == (200 if is_let_in else 401)


def test_an_account_has_no_more_keys_than_it_may(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    api = Api(create_app(make_settings(services, api_keys_per_account_max=2))).signs_up()
    makes_key(api)
    made = makes_key(api)

    assert problem_of(
        api.post("/user/api-keys", {"name": "x", "scopes": ["read"], "password": PASSWORD})
    ) == (409, "too_many_keys")

    api.request("DELETE", f"/api/v2/user/api-keys/{made['apiKey']['keyId']}")
    makes_key(api)


@pytest.mark.parametrize(
    "changed",
    [
        *({"name": name} for name in ("", " ", "x" * 65, "a\nb", "\x00", None, 7)),
        *({"scopes": scopes} for scopes in ([], ["account"], ["read", "x"], "read", None, ["read"] * 3)),
        *(
            {"addresses": addresses}
            for addresses in (["x"], ["300.0.0.1"], ["::/200"], ["1.1.1.1"] * 21, [7])
        ),
        *({"expiresAt": expires_at} for expires_at in ("x", -1, 1.5, 10**15, True)),
    ],
    ids=str,
)
def test_a_key_that_makes_no_sense_is_not_made(api: Api, changed: dict[str, Any]) -> None:
    api.signs_up()

    answer = api.post("/user/api-keys", {"name": "bot", "scopes": ["read"], "password": PASSWORD} | changed)

    assert problem_of(answer) == (400, "invalid_input")
    assert body_of(api.get("/user/api-keys"))["keys"] == []


def test_what_only_looks_like_a_key_is_none_and_is_not_remembered(app: Flask, queues: redis.Redis) -> None:
    for text in ("cfd_", "cfd_x", "cfd_" + "x" * 43, "cfd_" + "x" * 5_000, "cfd_\xff"):
        assert problem_of(program(app, text).get("/user/balance")) == (401, "invalid_token")
    assert not queues.keys("identity:key:*")
