"""What the browser is told not to do, and who may ask from other origins."""

import pytest
import redis
import sqlalchemy as sa

from app import create_app
from tests.support.api import Api
from tests.support.services import Services
from tests.support.settings import make_settings

ANYWHERE = ("/", "/api/v2/asset/", "/api/v2/user/me", "/api/v2/nope", "/health")


def policy(api: Api, path: str = "/") -> dict[str, str]:
    """The content security policy's rules, by name."""
    with api.client.get(path) as answer:
        rules = answer.headers["Content-Security-Policy"].split("; ")
    return {name: values for name, _, values in (rule.partition(" ") for rule in rules)}


@pytest.mark.parametrize("path", ANYWHERE)
def test_every_answer_says_what_the_browser_may_not_do(api: Api, path: str) -> None:
    with api.client.get(path) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_the_page_runs_what_is_ours_and_is_shown_in_nobodys_frame(api: Api) -> None:
    rules = policy(api)

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["font-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
    assert "unsafe" not in str(rules)


def test_behind_https_the_browser_stays_there(
    services: Services, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine
) -> None:
    api = Api(create_app(make_settings(services, public_url="https://desk.example.com")))

    with api.client.get("/") as answer:
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert policy(api)["connect-src"] == "'self' wss://desk.example.com"


def test_nobody_keeps_what_the_api_answers(api: Api) -> None:
    api.signs_up()

    for path in ("/user/me", "/user/balance", "/trade/open", "/user/sessions"):
        assert api.get(path).headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("http://localhost:5000", True),
        ("http://localhost:5000.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_pages_of_others_may_not_read_answers(api: Api, origin: str, is_allowed: bool) -> None:
    answer = api.client.get("/api/v2/asset/", headers={"Origin": origin})
    asked = api.client.options(
        "/api/v2/trade/open",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )

    expected = origin if is_allowed else None
    assert answer.headers.get("Access-Control-Allow-Origin") == expected
    assert asked.headers.get("Access-Control-Allow-Origin") == expected
    # The refresh cookie is the page's own: it never goes along from elsewhere.
    assert "Access-Control-Allow-Credentials" not in answer.headers
