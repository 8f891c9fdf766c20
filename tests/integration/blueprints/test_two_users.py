"""Two users on every route: neither reads, changes or learns of what is the other's."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from orders.client import OrderDesk
from tests.support.api import API, PASSWORD, Api, body_of
from tests.support.routes import NOBODYS, ORDER_ID, ROUTES, Route
from tests.support.trading import Market

# They answer for everybody, of everybody's sum.
PUBLIC = {"/trade/platform-profit", "/asset/", "/asset/candles"}


@dataclass
class Owner:
    """A trader with a position, a session and a key; what only they know of themselves."""

    api: Api
    order_id: str
    key: dict[str, Any]
    other_session: str

    @property
    def secrets(self) -> set[str]:
        """What nobody else is told."""
        key = self.key["apiKey"]
        return {
            *(self.api.user_id, self.api.email, self.api.session_id, self.other_session, self.order_id),
            *(self.key["key"], key["keyId"], key["hint"], key["name"]),
        }

    @property
    def ids(self) -> dict[str, str]:
        """What stands in paths, by its name there: an unknown one fails the test."""
        return {
            "session_id": self.other_session,
            "key_id": self.key["apiKey"]["keyId"],
            "provider": "google",
            "name": "google",
        }

    def looks(self) -> list[Any]:
        """The account as its owner sees it."""
        paths = ("/user/me", "/user/balance", "/user/sessions", "/user/api-keys", "/trade/open")
        events = self.api.get("/user/security-events").json
        return [self.api.get(path).json for path in paths] + [events]


@pytest.fixture
def owner(app: Flask, desk: OrderDesk) -> Owner:
    """The owner."""
    Market(desk).trades_at("64500.12")
    api = Api(app).signs_up("owner@example.com")
    order_id = api.opens()["orderId"]
    key = body_of(
        api.post("/user/api-keys", {"name": "owners bot", "scopes": ["read"], "password": PASSWORD})
    )
    other = Api(app)
    credentials = {"email": api.email, "password": "correct horse battery"}
    other.token = body_of(other.post("/user/signin", credentials))["token"]
    return Owner(api, order_id, key, other.session_id)


def path_with(route: Route, ids: dict[str, str]) -> str:
    """The route's path with these ids in it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: ids[match[1]], route.rule) if route.rule else route.path


def asks(api: Api, route: Route, ids: dict[str, str], order_id: str) -> tuple[int, str]:
    """What the route answers."""
    body = {name: order_id if value == ORDER_ID else value for name, value in (route.body or {}).items()}
    answer = api.request(
        route.method,
        API + path_with(route, ids),
        json=body if route.body is not None else None,
        query_string={name: value for name, value in route.query.items() if name != "cursor"},
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize("route", ROUTES, ids=[route.name for route in ROUTES])
def test_what_is_anothers_is_as_unknown_as_what_never_was(app: Flask, owner: Owner, route: Route) -> None:
    stranger = Api(app).signs_up("stranger@example.com")
    before = owner.looks()
    nobodys = dict.fromkeys(owner.ids, NOBODYS) | {"provider": "google", "name": "google"}

    status, text = asks(stranger, route, owner.ids, owner.order_id)

    names_something = bool(route.rule and "uuid:" in route.rule) or ORDER_ID in (route.body or {}).values()
    if names_something:
        assert status == 404
        assert (status, text) == asks(stranger, route, nobodys, NOBODYS)
    if route.path not in PUBLIC:
        assert not {secret for secret in owner.secrets if secret in text}
    assert owner.looks() == before


def test_the_owner_is_let_do_what_the_stranger_was_refused(owner: Owner, database: sa.Engine) -> None:
    for route in ROUTES:
        if route.rule and "uuid:" in route.rule:
            assert asks(owner.api, route, owner.ids, owner.order_id)[0] == 200, route.name
