"""The OpenAPI document is valid and knows every route, and no request made from it breaks the app."""

import re
from typing import Any

import pytest
import redis
import schemathesis
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from app import create_app
from domain.instruments import ASSETS
from orders.client import OrderDesk
from tests.support.api import API, Api, body_of
from tests.support.routes import NOBODYS, OPS_ROUTES
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market

EXAMPLES = 30


@pytest.fixture
def app(services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Flask:
    """The app on empty servers; its history doesn't wait, as there is no journal here."""
    return create_app(make_settings(services, history_wait_s=0))


def test_the_document_is_openapi_3_1_and_knows_every_route(app: Flask, api: Api) -> None:
    document = body_of(api.get("/openapi.json"))

    schemathesis.openapi.from_dict(document).validate()
    documented = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    served = {
        (method, _documented(rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API) and not rule.endpoint.startswith(("openapi.", "spa."))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert document["openapi"].startswith("3.1.")
    assert served <= documented


def test_routes_that_want_a_token_say_so(app: Flask, api: Api) -> None:
    for path, item in body_of(api.get("/openapi.json"))["paths"].items():
        for method, operation in item.items():
            path_there = path.replace("{parked_id}", "1")
            answer = api.request(method.upper(), re.sub(r"{\w+}", NOBODYS, path_there), json={})
            assert (answer.status_code == 401) == bool(operation.get("security")), (method, path)


def test_every_route_says_how_it_may_fail_and_what_makes_a_command_happen_once(api: Api) -> None:
    for path, item in body_of(api.get("/openapi.json"))["paths"].items():
        for method, operation in item.items():
            assert operation["tags"], path
            if not path.startswith(API) or path.endswith(("/health", "/ready")):
                continue
            statuses = operation["responses"].keys()
            assert {"429", "503"} <= statuses, path
            if operation.get("security"):
                assert {"401", "403"} <= statuses, path
            headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
            is_command = method == "post" and path.startswith(f"{API}/trade/")
            assert ("Idempotency-Key" in headers) == is_command, path


def operations() -> list[str]:
    """Every operation, by name: as the document of the app has them."""
    return [
        "POST /user/signup",
        "POST /user/signin",
        "GET /user/balance",
        "POST /user/refresh",
        "GET /user/me",
        "GET /user/sessions",
        "DELETE /user/sessions/{session_id}",
        "GET /user/security-events",
        "GET /user/api-keys",
        "POST /user/api-keys",
        "DELETE /user/api-keys/{key_id}",
        "POST /user/verify-email",
        "POST /user/resend-code",
        "POST /user/password-reset",
        "POST /user/password-reset/confirm",
        "POST /user/password",
        "POST /user/email",
        "POST /user/email/confirm",
        "POST /user/second-factor",
        "POST /user/second-factor/confirm",
        "POST /user/second-factor/remove",
        "POST /user/second-factor/recovery-codes",
        "POST /user/signout-everywhere",
        "POST /user/signout",
        "GET /auth/status",
        "GET /auth/{provider}",
        "GET /auth/{provider}/callback",
        "POST /auth/exchange",
        "POST /auth/link/{provider}",
        "POST /auth/unlink/{provider}",
        "POST /trade/open",
        "GET /trade/preview",
        "POST /trade/close",
        "POST /trade/close-all",
        "POST /trade/modify",
        "POST /trade/partial-close",
        "POST /trade/add-margin",
        "POST /trade/reset",
        "GET /trade/open",
        "GET /trade/history",
        "GET /trade/performance",
        "GET /trade/platform-profit",
        "GET /asset/",
        "GET /asset/candles",
    ]


def operators_operations() -> list[str]:
    """Those of /ops."""
    rules = {(route.method, route.rule or route.path) for route in OPS_ROUTES}
    return sorted(f"{method} {_documented(rule)}" for method, rule in rules)


def _documented(rule: str) -> str:
    """A rule of the URL map, as the document has it."""
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule)


def test_every_operation_is_tried(api: Api) -> None:
    documented = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, item in body_of(api.get("/openapi.json"))["paths"].items()
        for method in item
        if not path.endswith(("/health", "/ready"))
    }

    assert documented == {*operations(), *operators_operations()}


@pytest.mark.parametrize("name", operations())
def test_generated_requests_are_answered_as_the_contract_says(
    app: Flask, api: Api, desk: OrderDesk, name: str
) -> None:
    for symbol in ASSETS:
        # Without a price the answer may be a 503.
        Market(desk, symbol).trades_at("64500.12")
    answers_as_documented(app, api.signs_up(), name)


@pytest.mark.usefixtures("worker")
# The worker's threads do, at the same time.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.parametrize("name", operators_operations())
def test_generated_requests_of_an_operator_are_answered_as_the_contract_says(
    app: Flask, operator: Api, name: str
) -> None:
    answers_as_documented(app, operator, name)


def answers_as_documented(app: Flask, api: Api, name: str) -> None:
    """Asks with generated requests, good ones and bad ones."""
    method, _, path = name.partition(" ")
    document = body_of(api.get("/openapi.json"))
    operation = schemathesis.openapi.from_dict(document)[API + path][method]
    good, bad = (operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
    has_input = bool(operation.body or operation.query)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(good, bad) if has_input else good)
    def each_answer_is_as_the_contract_says(case: Any) -> None:
        answer = case.call(
            app=app, base_url="http://localhost", headers={"Authorization": f"Bearer {api.token}"}
        )
        if "text/csv" in answer.headers.get("content-type", [""])[0]:
            # The history, where it was asked for as a table.
            assert answer.status_code == 200
            return
        body = answer.json()
        assert answer.status_code < 500, body
        if answer.status_code >= 400:
            assert {"error", "code"} <= body.keys() <= {"error", "code", "details"}
        else:
            operation.validate_response(answer)

    each_answer_is_as_the_contract_says()
