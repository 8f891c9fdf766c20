"""Linking and unlinking: by the account's owner only, and never the last way in."""

from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from tests.support.api import PASSWORD, Api, body_of, problem_of
from tests.support.oidc.browser import Browser
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.openid import OpenIdHost
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.threads import together


@pytest.fixture
def alice(app: Flask, google: OpenIdHost, github: GitHubHost) -> Browser:
    """Somebody who has signed up with a password, at a browser that knows their accounts elsewhere."""
    google.knows("alice", "alice@gmail.example")
    github.knows("alice", "alice@work.example")
    return signed_up(Browser(app, "alice"))


def signed_up(browser: Browser) -> Browser:
    """Has an account here."""
    browser.signs_up()
    return browser


def linked(browser: Api) -> list[str]:
    """The providers that sign the account in."""
    return [link["provider"] for link in body_of(browser.get("/user/me"))["providers"]]


def test_a_linked_provider_signs_in_to_the_account_whatever_its_address(app: Flask, alice: Browser) -> None:
    assert alice.links("google") == {"linked": "google"}

    assert Browser(app, "alice").is_in("google").user_id == alice.user_id
    (link,) = body_of(alice.get("/user/me"))["providers"]
    assert (link["provider"], link["label"], link["email"]) == ("google", "Google", "alice@gmail.example")
    events = body_of(alice.get("/user/security-events"))["events"]
    (event,) = (event for event in events if event["kind"] == "provider_linked")
    assert event["details"] == {"way": "google", "email": "alice@gmail.example"}


def test_linking_twice_changes_nothing(alice: Browser) -> None:
    assert alice.links("google") == alice.links("google") == {"linked": "google"}
    assert linked(alice) == ["google"]


def test_linking_is_bound_to_the_browser_that_asked(app: Flask, alice: Browser, google: OpenIdHost) -> None:
    """An attacker who has a victim follow their own link would have the victim's provider sign them in."""
    google.knows("victim", "victim@example.com")
    victim = signed_up(Browser(app, "victim"))
    url = body_of(alice.post("/auth/link/google", {}))["url"]

    assert victim.comes_back(victim.comes_from(url)) == {"error": "state_mismatch"}
    assert linked(alice) == linked(victim) == []


def test_linking_is_bound_to_the_session_that_asked(alice: Browser) -> None:
    back = alice.comes_from(body_of(alice.post("/auth/link/google", {}))["url"])
    alice.post("/user/signout", {})

    assert alice.comes_back(back) == {"error": "session_ended"}


def test_linking_goes_to_who_asked_whoever_has_signed_in_since(app: Flask, alice: Browser) -> None:
    back = alice.comes_from(body_of(alice.post("/auth/link/google", {}))["url"])
    other = Api(app).signs_up()
    first, alice.token = alice.token, other.token

    assert alice.comes_back(back) == {"linked": "google"}
    alice.token = first
    assert (linked(alice), linked(other)) == (["google"], [])


def test_a_providers_account_that_is_anothers_is_a_conflict(app: Flask, alice: Browser) -> None:
    owner = Browser(app, "alice").is_in("google")

    assert alice.links("google") == {"error": "already_linked"}
    assert (linked(alice), linked(owner)) == ([], ["google"])


def test_a_second_account_of_a_provider_is_a_conflict(alice: Browser, google: OpenIdHost) -> None:
    google.knows("also alice", "alice@other.example")
    alice.links("google")
    alice.person = "also alice"

    assert alice.links("google") == {"error": "other_linked"}
    assert linked(alice) == ["google"]


def test_one_providers_account_linked_to_two_at_once_is_one_accounts(app: Flask, alice: Browser) -> None:
    other = signed_up(Browser(app, "alice"))
    backs = [
        (browser, browser.comes_from(body_of(browser.post("/auth/link/google", {}))["url"]))
        for browser in (alice, other)
    ]
    told: list[dict[str, str]] = []

    together(
        [lambda browser=browser, back=back: told.append(browser.comes_back(back)) for browser, back in backs]  # type: ignore[misc]
    )

    assert sorted(told, key=str) == [{"error": "already_linked"}, {"linked": "google"}]
    assert sorted(linked(alice) + linked(other)) == ["google"]


def test_what_is_unlinked_signs_in_no_longer_and_ends_the_other_sessions(app: Flask, alice: Browser) -> None:
    alice.links("google")
    elsewhere = Browser(app, "alice").is_in("google")

    answer = alice.post("/auth/unlink/google", {"password": PASSWORD})

    assert answer.status_code == 200
    assert linked(alice) == []
    assert elsewhere.get("/user/me").status_code == 401
    assert elsewhere.post("/user/refresh", {}).status_code == 401
    assert Browser(app, "alice").is_in("google").user_id != alice.user_id


def test_unlinking_wants_the_password_or_a_session_that_has_just_begun(
    app: Flask, alice: Browser, database: sa.Engine, queues: redis.Redis
) -> None:
    alice.links("google")
    for body in ({}, {"password": "another"}):
        assert problem_of(alice.post("/auth/unlink/google", body)) == (403, "wrong_password")
    assert linked(alice) == ["google"]

    github = Browser(app, "alice").is_in("github")
    with database.begin() as connection:
        connection.execute(
            sa.text("update user_sessions set created_at = now() - interval '1 hour' where id = :id"),
            {"id": github.session_id},
        )
    queues.flushdb()
    assert problem_of(github.post("/auth/unlink/github", {})) == (403, "sign_in_again")


def test_the_last_way_in_stays(app: Flask, alice: Browser) -> None:
    alone = Browser(app, "alice").is_in("google")

    assert problem_of(alone.post("/auth/unlink/google", {})) == (409, "last_way_in")
    assert alone.links("github") == {"linked": "github"}
    assert alone.post("/auth/unlink/google", {}).status_code == 200
    assert problem_of(alone.post("/auth/unlink/github", {})) == (409, "last_way_in")
    assert Browser(app, "alice").is_in("github").user_id == alone.user_id


def test_two_that_are_unlinked_at_once_leave_one(app: Flask, alice: Browser) -> None:
    alone = Browser(app, "alice").is_in("google")
    alone.links("github")
    statuses: list[int] = []

    def unlink(provider: str) -> None:
        browser = Api(app)
        browser.token = alone.token
        statuses.append(browser.post(f"/auth/unlink/{provider}", {}).status_code)

    together([lambda: unlink("google"), lambda: unlink("github")])

    assert sorted(statuses) == [200, 409]
    assert len(linked(alone)) == 1


def test_a_provider_that_is_not_offered_any_longer_is_no_way_in(
    app: Flask,
    services: Services,
    provider_settings: dict[str, Any],
    alice: Browser,
) -> None:
    alone = Browser(app, "alice").is_in("google")
    alone.links("github")
    del provider_settings["oauth_providers"]["github"]
    later = Api(create_app(make_settings(services, **provider_settings)))
    later.token = alone.token

    assert problem_of(later.post("/auth/unlink/google", {})) == (409, "last_way_in")
    assert later.post("/auth/unlink/github", {}).status_code == 200


@pytest.mark.parametrize("provider", ["google", "github", "acme", "nobody", "%2e%2e", "x" * 300])
def test_what_is_not_linked_can_not_be_unlinked(alice: Browser, provider: str) -> None:
    assert problem_of(alice.post(f"/auth/unlink/{provider}", {"password": PASSWORD}))[0] == 404


def test_who_is_not_proven_gets_no_second_way_in_where_mail_could_prove_them(
    services: Services,
    order_state: redis.Redis,
    queues: redis.Redis,
    database: sa.Engine,
    provider_settings: dict[str, Any],
    alice: Browser,
) -> None:
    settings = make_settings(services, mail_url="smtp://user:word@127.0.0.1:9", **provider_settings)
    there = Browser(create_app(settings), "alice")
    there.token = alice.token

    assert problem_of(there.post("/auth/link/google", {})) == (403, "email_not_verified")


def test_strangers_and_programs_link_nothing(app: Flask, alice: Browser) -> None:
    for path in ("/auth/link/google", "/auth/unlink/google"):
        assert problem_of(Browser(app).post(path, {})) == (401, "unauthorized")
    made = alice.post("/user/api-keys", {"name": "a program", "scopes": ["trade"], "password": PASSWORD})
    program = Api(app)
    program.token = body_of(made)["key"]
    for path in ("/auth/link/google", "/auth/unlink/google"):
        assert problem_of(program.post(path, {})) == (403, "session_required")
