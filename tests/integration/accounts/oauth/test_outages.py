"""A provider, or a server of ours, that is away or talks nonsense: a word at the page, or a 503."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask, Response

from accounts.oauth_clients import ANSWER_BYTES_MAX
from app import create_app
from tests.support.api import API, Api, body_of, problem_of
from tests.support.oidc.browser import Browser, page_of
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.openid import OpenIdHost
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings

FAILED = {"error": "provider_failed"}
AWAY = {"error": "unavailable"}
# Enough for a provider that shares a busy machine with the desk.
PATIENCE_S = 1.0


@pytest.fixture
def app(
    services: Services,
    order_state: redis.Redis,
    queues: redis.Redis,
    database: sa.Engine,
    provider_settings: dict[str, Any],
) -> Flask:
    """The app, which waits for nobody."""
    return create_app(
        make_settings(
            services,
            oauth_timeout_s=PATIENCE_S,
            # As in production: the counters are away with Redis.
            rate_limits_enabled=True,
            rate_limit_signin="100/minute",
            **provider_settings,
        )
    )


@pytest.fixture
def alice(app: Flask, google: OpenIdHost, github: GitHubHost) -> Browser:
    """The browser of somebody with an account at the providers."""
    google.knows("alice", "alice@example.com")
    github.knows("alice", "alice@example.com")
    return Browser(app, "alice")


@pytest.fixture
def _hung_up() -> Iterator[None]:
    """Every Redis connection is closed at the end: see tests/integration/blueprints/test_outages.py."""
    yield
    for thing in gc.get_objects():
        if issubclass(type(thing), redis.ConnectionPool):
            thing.disconnect()


def drip() -> Response:
    """An answer that never ends, in small pieces."""

    def pieces() -> Iterator[bytes]:
        yield b'{"access_token": "'
        for _ in range(ANSWER_BYTES_MAX):
            yield b"x" * 64

    return Response(pieces(), content_type="application/json")


FAULTS: dict[str, Callable[[], Response]] = {
    "500": lambda: Response("down", status=500),
    "503": lambda: Response('{"access_token": "x"}', status=503),
    "429": lambda: Response("slow down", status=429),
    "404": lambda: Response(status=404),
    "empty": lambda: Response(b""),
    "a page": lambda: Response("<html>Welcome</html>", content_type="text/html"),
    "a list": lambda: Response("[]", content_type="application/json"),
    "null": lambda: Response("null", content_type="application/json"),
    "a number": lambda: Response("7", content_type="application/json"),
    "an empty object": lambda: Response("{}", content_type="application/json"),
    "lists of lists": lambda: Response(
        '{"id": [[]], "access_token": [], "keys": [[]]}', content_type="text/json"
    ),
    "not text": lambda: Response(b"\xff\xfe\x00", content_type="application/json"),
    "nested too deeply": lambda: Response("[" * 100_000, content_type="application/json"),
    "a redirect": lambda: Response(status=302, headers={"Location": "http://127.0.0.1:1/elsewhere"}),
    "too long": lambda: Response(b" " * (ANSWER_BYTES_MAX + 1)),
    "without an end": drip,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("google", "/.well-known/openid-configuration"),
        ("google", "/token"),
        ("google", "/keys"),
        ("github", "/login/oauth/access_token"),
        ("github", "/api/user"),
        ("github", "/api/user/emails"),
    ],
)
def test_a_provider_that_talks_nonsense_is_a_word_at_the_page(
    alice: Browser, google: OpenIdHost, github: GitHubHost, provider: str, path: str, fault: str
) -> None:
    host = {"google": google, "github": github}[provider]
    host.faults[path] = FAULTS[fault]

    if "well-known" in path:
        told = page_of(alice.get(f"/auth/{provider}"))
    else:
        told = alice.signs_in_through(provider)

    # An account without addresses is one whose address isn't proven.
    nothing_said = path.endswith("/emails") and fault in {"a list", "an empty object"}
    assert told == ({"error": "email_unverified"} if nothing_said else FAILED)
    del host.faults[path]
    assert alice.signs_in_through(provider).keys() == {"code"}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_is_stuck_is_not_waited_for(alice: Browser, google: OpenIdHost, path: str) -> None:
    google.faults[path] = google.stuck

    if "well-known" in path:
        assert page_of(alice.get("/auth/google")) == FAILED
    else:
        assert alice.signs_in_through("google") == FAILED


def test_a_provider_that_is_gone_is_a_word_at_the_page_and_a_503(alice: Browser, app: Flask) -> None:
    with OpenIdHost() as gone:
        url = gone.url
    settings: dict[str, Any] = app.extensions["cfdesk"].settings.model_dump()
    settings["oauth_providers"]["acme"]["issuer"] = url
    there = Browser(create_app(type(app.extensions["cfdesk"].settings)(_env_file=None, **settings)))
    there.signs_up()

    assert page_of(there.get("/auth/acme")) == FAILED
    assert problem_of(there.post("/auth/link/acme", {})) == (503, "provider_failed")


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://accounts.google.com"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"id_token_signing_alg_values_supported": 7},
    ],
)
def test_a_discovery_document_is_not_believed_everything(
    alice: Browser, google: OpenIdHost, said: dict[str, Any]
) -> None:
    google.metadata = said

    assert page_of(alice.get("/auth/google")) == FAILED


def test_what_a_discovery_document_says_besides_changes_nothing(alice: Browser, google: OpenIdHost) -> None:
    google.metadata = {"verify": False, "client_id": "another", "scope": "all", "jwks": {"keys": []}}

    assert alice.signs_in_through("google").keys() == {"code"}


def test_a_provider_that_takes_the_secret_in_the_body_only_gets_it_there(
    alice: Browser, google: OpenIdHost
) -> None:
    google.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    google.client.auth_methods = ("client_secret_post",)

    assert alice.signs_in_through("google").keys() == {"code"}


@pytest.mark.usefixtures("_hung_up")
def test_redis_away_is_a_word_at_the_page_and_a_503(alice: Browser, services: Services) -> None:
    url = alice.goes_to("google")
    callback = alice.comes_from(url)
    queues = services.servers["queues"]
    queues.kill()
    try:
        begun, came = alice.get("/auth/google"), alice.client.get(callback)
        exchanged = alice.exchanges("a code")
        status = alice.get("/auth/status")
    finally:
        queues.start().wait()

    assert page_of(begun) == page_of(came) == AWAY
    assert problem_of(exchanged) == (503, "unavailable")
    assert status.status_code == 200


def test_postgresql_away_is_a_word_at_the_page(
    alice: Browser, postgres: RunningServer, database: sa.Engine
) -> None:
    callback = alice.comes_from(alice.goes_to("google"))
    postgres.kill()
    try:
        came = alice.client.get(callback)
    finally:
        postgres.start().wait()
        database.dispose()

    assert page_of(came) == AWAY
    assert alice.signs_in_through("google").keys() == {"code"}


def test_what_is_not_configured_is_a_503_and_what_nobody_knows_a_404(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    nowhere = Api(create_app(make_settings(services))).signs_up()

    assert body_of(nowhere.get("/auth/status")) == {"google": False, "github": False, "providers": []}
    for provider in ("google", "github"):
        for answer in (
            nowhere.get(f"/auth/{provider}"),
            nowhere.get(f"/auth/{provider}/callback", state="x", code="y"),
            nowhere.post(f"/auth/link/{provider}", {}),
        ):
            assert problem_of(answer) == (503, "not_configured")
    for path in ("/auth/nobody", "/auth/nobody/callback"):
        assert problem_of(nowhere.get(path)) == (404, "provider_unknown")
    for path in ("/auth/__class__", "/auth/Google", "/auth/link", "/auth/" + "x" * 99):
        assert problem_of(nowhere.get(path)) == (404, "not_found")
    assert problem_of(nowhere.post("/auth/link/nobody", {})) == (404, "provider_unknown")
    assert nowhere.client.get(f"{API}/auth").status_code == 404
