"""Signing in through a provider: who comes, whose account it is, and that it is one."""

from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from app import create_app
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.api import API, body_of
from tests.support.oidc.browser import Browser
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.openid import OpenIdHost, signed

PROVIDERS = ["google", "acme", "github"]


@pytest.fixture
def hosts(google: OpenIdHost, acme: OpenIdHost, github: GitHubHost) -> dict[str, Any]:
    """The providers by name."""
    return {"google": google, "acme": acme, "github": github}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_new_person_gets_an_account_that_is_proven_and_funded(
    app: Flask, desk: OrderDesk, hosts: dict[str, Any], provider: str
) -> None:
    hosts[provider].knows("alice", "Alice@Example.com")
    browser = Browser(app, "alice")

    told = browser.signs_in_through(provider)
    answer = browser.exchanges(told["code"])

    assert answer.status_code == 200
    said = body_of(answer)
    assert said["email"] == "alice@example.com"
    assert said["needsVerification"] is False
    browser.token = said["token"]
    me = body_of(browser.get("/user/me"))
    assert (me["verified"], me["hasPassword"]) == (True, False)
    assert [(link["provider"], link["email"]) for link in me["providers"]] == [
        (provider, "alice@example.com")
    ]
    assert desk.account(said["userId"]).balance == 500_000
    kinds = [event["kind"] for event in body_of(browser.get("/user/security-events"))["events"]]
    assert kinds == ["signed_in", "provider_linked", "signed_up"]
    # The refresh token has come in the cookie.
    assert browser.post("/user/refresh", {}).status_code == 200


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_comes_again_is_the_same_however_the_address_has_changed(
    app: Flask, database: sa.Engine, hosts: dict[str, Any], provider: str
) -> None:
    person = hosts[provider].knows("alice", "alice@example.com")
    first = Browser(app, "alice").is_in(provider)
    person.email = "moved@example.com"

    again = Browser(app, "alice").is_in(provider)

    assert again.user_id == first.user_id
    # The account's own address is changed by its owner alone.
    assert again.email == "alice@example.com"
    assert count(database, "users") == 1


def test_the_provider_is_asked_with_state_nonce_and_pkce(app: Flask, google: OpenIdHost) -> None:
    urls = [Browser(app).goes_to("google") for _ in range(2)]

    asked, other = ({k: v[0] for k, v in parse_qs(urlsplit(url).query).items()} for url in urls)
    assert asked["redirect_uri"] == "http://localhost/api/v2/auth/google/callback"
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    for each in ("state", "nonce", "code_challenge"):
        assert len(asked[each]) >= 20
        assert asked[each] != other[each]


def test_the_browser_is_bound_by_a_cookie_for_these_routes_only(app: Flask, google: OpenIdHost) -> None:
    answer = Browser(app).get("/auth/google")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/api/v2/auth" in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_over_https_the_cookie_never_goes_without(app: Flask) -> None:
    settings: Settings = app.extensions["cfdesk"].settings
    secure = create_app(settings.model_copy(update={"public_url": "https://desk.example.com"}))

    answer = Browser(secure).get("/auth/google")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Secure-")
    assert "Secure;" in cookie
    assert "redirect_uri=https%3A%2F%2Fdesk.example.com%2Fapi" in answer.headers["Location"]


def test_a_secret_of_the_desk_that_is_replaced_meanwhile_changes_nothing(
    app: Flask, google: OpenIdHost
) -> None:
    google.knows("alice", "alice@example.com")
    before = Browser(app, "alice")
    back = before.comes_from(before.goes_to("google"))
    settings: Settings = app.extensions["cfdesk"].settings
    changed = {"jwt_secret": SecretStr("the newest secret" * 4), "jwt_secrets_former": (settings.jwt_secret,)}
    after = Browser(create_app(settings.model_copy(update=changed)), "alice")
    cookie = before.client.get_cookie("cfdesk_auth", path=f"{API}/auth")
    assert cookie is not None
    after.client.set_cookie("cfdesk_auth", cookie.value, path=f"{API}/auth")

    told = after.comes_back(back)

    assert after.exchanges(told["code"]).status_code == 200


def test_a_provider_may_change_its_keys(app: Flask, google: OpenIdHost) -> None:
    google.knows("alice", "alice@example.com")
    first = Browser(app, "alice").is_in("google")
    new = RSAKey.generate_key(2048, {"kid": "the new one", "use": "sig"})
    google.keys, google.sign = [new], partial(signed, key=new)

    assert Browser(app, "alice").is_in("google").user_id == first.user_id


def test_two_ways_of_one_person_lead_to_one_account(
    app: Flask, google: OpenIdHost, github: GitHubHost
) -> None:
    google.knows("alice", "alice@example.com")
    github.knows("alice", "ALICE@example.com")

    by_google = Browser(app, "alice").is_in("google")
    by_github = Browser(app, "alice").is_in("github")

    assert by_google.user_id == by_github.user_id
    me = body_of(by_github.get("/user/me"))
    assert [link["provider"] for link in me["providers"]] == ["github", "google"]


def test_status_tells_what_is_offered(app: Flask) -> None:
    said = body_of(Browser(app).get("/auth/status"))

    assert (said["google"], said["github"]) == (True, True)
    assert said["providers"] == [
        {"name": "google", "label": "Google"},
        {"name": "github", "label": "GitHub"},
        {"name": "acme", "label": "Acme"},
    ]


def count(database: sa.Engine, table: str) -> int:
    """How many rows there are."""
    with database.connect() as connection:
        return int(connection.scalar(sa.text(f"select count(*) from {table}")) or 0)
