"""Bad input to every route: always a 4xx in the contract's shape, and nothing changed."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from orders.client import OrderDesk
from tests.support.api import API, Api, body_of, problem_of
from tests.support.routes import OPS_ROUTES, ORDER_ID, ROUTES, Route
from tests.support.snapshot import Snapshot, snapshot
from tests.support.tokens import bad_tokens
from tests.support.trading import Market

# They read nothing of the request.
WITHOUT_INPUT = {
    "GET /api/v2/openapi.json",
    "GET /api/v2/docs",
    "GET /health",
    "GET /ready",
    "GET /metrics",
    "GET /api/v2/health",
    "GET /api/v2/ready",
    "GET /ws",
    "GET /",
    "GET /<path:path>",
    *(f"{method} /api/<path:path>" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
}
WITH_BODY = [route for route in ROUTES if route.body is not None]
WITH_QUERY = [route for route in ROUTES if route.query]
WITH_TOKEN = [route for route in ROUTES if route.token]

# As they stand in the JSON text: some are no JSON, and must be refused for that.
JUNK = [
    *("null", "true", '""', "[]", "{}", "[[]]", '{"a":1}', "-1", "0", "1.234567", "-0.01", "1e400"),
    *("1e99999999999999999999", "NaN", "Infinity", "-Infinity", "1" * 30, "9" * 5_000, '"NaN"', '"1e3"'),
    *('"1_0"', '" 10"', '"10 "', '"0x10"', '"\\u0661"', '"\\ud800"', '"\\u0000"', '"' + "x" * 10_000 + '"'),
    *('"' + "9" * 400 + '"', "[" * 500 + "]" * 500, "01", "undefined", "'x'", '"DROP TABLE users"'),
]
# What a field takes although it is strange: zero is a number, any text is a password.
WORDS = {'"1e3"', '"1_0"', '" 10"', '"10 "', '"0x10"', '"\\u0661"', '"NaN"', '"DROP TABLE users"'}
# Any text may be tried as a password, and is wrong.
PASSWORDS = WORDS | {'"\\u0000"'}
TAKEN = {
    ("/user/signup", "password"): {'"DROP TABLE users"'},
    ("/user/signin", "password"): PASSWORDS,
    ("/user/password-reset/confirm", "password"): {'"DROP TABLE users"'},
    ("/user/password", "currentPassword"): PASSWORDS,
    ("/user/password", "password"): {'"DROP TABLE users"'},
    ("/user/email", "password"): PASSWORDS,
    ("/user/second-factor", "password"): PASSWORDS,
    ("/user/second-factor/remove", "password"): PASSWORDS,
    ("/user/second-factor/recovery-codes", "password"): PASSWORDS,
    ("/auth/unlink/google", "password"): PASSWORDS,
    ("/auth/exchange", "code"): PASSWORDS,
    ("/auth/exchange", "secondFactor"): PASSWORDS,
    ("/user/api-keys", "name"): WORDS,
    ("/user/api-keys", "password"): PASSWORDS,
    ("/user/api-keys", "addresses"): {"[]"},
}
# An amount or a price, if a strange one: not for the parser to refuse.
TAKEN_WORDS = {
    ("/trade/preview", name): {"1.5"} for name in ("margin", "takeProfit", "stopLoss", "trailingDistance")
}
JUNK_WORDS = [
    "",
    "x",
    "-1",
    "1.5",
    "1e3",
    "NaN",
    "9" * 30,
    "9" * 5_000,
    "\x00",
    "%",
    "٣",
    "null",
    "x" * 5_000,
]
BROKEN_BODIES: list[str | bytes] = [
    "",
    "{",
    "}",
    "null",
    "[]",
    "1",
    '"text"',
    "true",
    "{'a': 1}",
    '{"a": 1,}',
    '{"a": 1} {"b": 2}',
    b"\xff\xfe",
    b'{"a": "\xc3"}',
    b"\x00",
    "[" * 30_000 + "]" * 30_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
]


@dataclass
class Scene:
    """A trader with an open order, and the means to see whether anything changed."""

    api: Api
    order_id: str
    order_state: redis.Redis
    queues: redis.Redis
    database: sa.Engine

    def state(self) -> Snapshot:
        """Everything that the desk remembers."""
        return snapshot(self.order_state, self.queues, self.database)

    def body(self, route: Route) -> dict[str, Any]:
        """The input that the route takes."""
        body = dict(route.body or {})
        return {name: self.order_id if value == ORDER_ID else value for name, value in body.items()}


@pytest.fixture
def scene(
    api: Api, desk: OrderDesk, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> Scene:
    """BTC trades, and the trader has one position."""
    Market(desk).trades_at("64500.12")
    api.signs_up("trader@example.com")
    return Scene(api, api.opens()["orderId"], order_state, queues, database)


def each(routes: list[Route]) -> pytest.MarkDecorator:
    """One test for each of the routes."""
    return pytest.mark.parametrize("route", routes, ids=[route.name for route in routes])


def test_every_route_of_the_app_is_tested_here(app: Flask) -> None:
    methods = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert (
        methods
        == {f"{route.method} {API}{route.rule or route.path}" for route in [*ROUTES, *OPS_ROUTES]}
        | WITHOUT_INPUT
    )


@each(WITH_BODY)
def test_the_inputs_here_are_good_but_for_what_is_changed(scene: Scene, route: Route) -> None:
    status = scene.api.post(route.path, scene.body(route)).status_code
    assert status in ({route.refused} if route.refused else {200, 201})


@each(WITH_BODY)
def test_a_field_of_the_wrong_kind_is_refused_by_its_name(scene: Scene, route: Route) -> None:
    before, good = scene.state(), scene.body(route)
    for name in good:
        for junk in JUNK:
            if (junk == "null" and name in route.optional) or junk in TAKEN.get((route.path, name), set()):
                continue
            text = _json_with(good, name, junk)
            answer = scene.api.post_text(route.path, text)
            status, code = problem_of(answer)
            assert status in {400, 401}, (name, junk[:50], answer.text)
            if code == "invalid_input":
                assert name in {detail["field"] for detail in body_of(answer)["details"]}, (name, junk[:50])
    assert scene.state() == before


def _json_with(body: dict[str, Any], name: str, value: str) -> str:
    """The body as JSON, one field's value as it is given."""
    fields = [f'"{key}": {value if key == name else _json(kept)}' for key, kept in body.items()]
    return "{" + ", ".join(fields) + "}"


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


@each(WITH_BODY)
def test_a_field_that_is_missing_is_refused_by_its_name(scene: Scene, route: Route) -> None:
    before, good = scene.state(), scene.body(route)
    for name in good.keys() - route.optional:
        answer = scene.api.post(route.path, {key: value for key, value in good.items() if key != name})
        assert problem_of(answer) == (400, "invalid_input")
        assert [detail["field"] for detail in body_of(answer)["details"]] == [name]
    assert scene.state() == before


@each(WITH_BODY)
def test_a_body_that_is_no_object_is_refused(scene: Scene, route: Route) -> None:
    before = scene.state()
    for text in BROKEN_BODIES:
        if text == "" and route.body_optional:
            continue
        answer = scene.api.post_text(route.path, text)
        status, _ = problem_of(answer)
        assert status == 400, text[:50]
        assert body_of(answer)["details"], text[:50]
    assert scene.state() == before


@each(WITH_BODY)
def test_a_body_that_does_not_say_that_it_is_json_is_refused(scene: Scene, route: Route) -> None:
    before = scene.state()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = scene.api.post_text(route.path, _json(scene.body(route)), kind)
        assert problem_of(answer) == (415, "not_json")
    assert scene.state() == before


@each(WITH_BODY)
def test_a_body_that_is_too_large_is_refused(scene: Scene, route: Route) -> None:
    before = scene.state()

    answer = scene.api.post(route.path, scene.body(route) | {"more": "x" * 70_000})

    assert problem_of(answer) == (413, "too_large")
    assert scene.state() == before


@each(WITH_QUERY)
def test_a_parameter_of_the_wrong_kind_is_refused_by_its_name(scene: Scene, route: Route) -> None:
    before = scene.state()
    good = {name: value for name, value in route.query.items() if name != "cursor"}
    for name in route.query:
        for junk in JUNK_WORDS:
            if junk in TAKEN_WORDS.get((route.path, name), set()):
                continue
            answer = scene.api.get(route.path, **(good | {name: junk}))
            assert problem_of(answer) == (400, "invalid_input"), (name, junk[:50])
            assert [detail["field"] for detail in body_of(answer)["details"]] == [name]
    assert scene.state() == before


@each(WITH_TOKEN)
def test_without_a_token_of_ours_nothing_is_done(scene: Scene, route: Route) -> None:
    before = scene.state()
    for what, token in bad_tokens(scene.api.user_id, scene.api.session_id).items():
        scene.api.token = token
        answer = scene.api.request(route.method, API + route.path, json=scene.body(route))
        assert problem_of(answer)[0] == 401, what
    for header in ("", "Bearer", "Bearer ", "Basic dHJhZGVyOng=", "Bearer a b", "\xff", "Bearer \xff"):
        answer = scene.api.client.open(
            API + route.path,
            method=route.method,
            json=scene.body(route),
            headers={"Authorization": header} if header else {},
        )
        assert problem_of(answer)[0] == 401, header
    assert scene.state() == before


@each(ROUTES)
def test_another_method_is_refused(scene: Scene, route: Route) -> None:
    before = scene.state()
    allowed = {other.method for other in ROUTES if other.path == route.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        answer = scene.api.request(method, API + route.path, json=scene.body(route))
        assert problem_of(answer) == (405, "method_not_allowed"), method
        assert set(answer.headers["Allow"].split(", ")) == allowed
    assert scene.state() == before


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_what_is_no_route_is_not_there(scene: Scene, method: str) -> None:
    for path in ("/api/v2/nope", "/api/v1/user/signin", "/api/v2/trade/open/more"):
        answer = scene.api.request(method, path, json={})
        assert problem_of(answer) == (404, "not_found"), path


@each([route for route in WITH_BODY if ORDER_ID in (route.body or {}).values()])
def test_another_ones_order_is_as_unknown_as_one_that_never_was(
    scene: Scene, app: Flask, route: Route
) -> None:
    stranger = Api(app).signs_up()
    before = scene.state()

    anothers = stranger.post(route.path, scene.body(route))
    unknown = stranger.post(route.path, scene.body(route) | {"orderId": str(uuid4())})

    assert problem_of(anothers) == (404, "order_unknown")
    assert (anothers.status_code, anothers.data) == (unknown.status_code, unknown.data)
    assert scene.state() == before


@pytest.mark.parametrize(
    "stop",
    [
        *({}, [], "x", 100, True, {"trailingDistance": 100}, {"enabled": True}, {"enabled": 1}),
        *({"enabled": None}, {"enabled": "true", "trailingDistance": 100}),
        *({"enabled": True, "trailingDistance": distance} for distance in (None, 0, -1, "1e3", 0.00001, "")),
        *({"enabled": False, "trailingDistance": distance} for distance in (0, -1, "x", "9" * 30)),
    ],
    ids=str,
)
def test_a_trailing_stop_that_is_none_is_refused_rather_than_left_out(scene: Scene, stop: Any) -> None:
    before = scene.state()
    for path in ("/trade/open", "/trade/modify"):
        route = _route(path)
        answer = scene.api.post(path, scene.body(route) | {"trailingStopLoss": stop})
        assert problem_of(answer) == (400, "invalid_input")
        assert {detail["field"] for detail in body_of(answer)["details"]} == {"trailingStopLoss"}
    assert scene.state() == before


def _route(path: str) -> Route:
    return next(route for route in ROUTES if route.path == path and route.body is not None)


@pytest.mark.parametrize("key", ["", "x" * 65, "a\tb", "ü", "\x7f"])
def test_a_key_that_is_none_is_refused(scene: Scene, key: str) -> None:
    before = scene.state()

    answer = scene.api.post("/trade/open", scene.body(_route("/trade/open")), key=key)

    assert problem_of(answer) == (400, "invalid_input")
    assert scene.state() == before


@pytest.mark.parametrize(
    "path", ["x" * 5_000, "x/" * 2_000, "%00", "%2e%2e/app.py", "assets/../../app.py", "%ff"]
)
def test_no_path_makes_the_page_fail_or_shows_a_file_outside_of_it(scene: Scene, path: str) -> None:
    with scene.api.client.get(f"/{path}") as answer:
        assert answer.status_code in {200, 404}
        assert b"def create_app" not in answer.data
