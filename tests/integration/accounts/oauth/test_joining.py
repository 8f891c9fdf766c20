"""One address, two who want it: whoever comes first, the mailbox's owner has the account and nobody else."""

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from tests.support.api import PASSWORD, Api, body_of, problem_of
from tests.support.oidc.browser import Browser
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.openid import OpenIdHost
from tests.support.threads import together

ADDRESS = "owner@example.com"
ATTACKERS = "the attacker's password"


@pytest.fixture
def owner(app: Flask, google: OpenIdHost) -> Browser:
    """The browser of who has the mailbox, and has shown so at the provider."""
    google.knows("owner", ADDRESS)
    return Browser(app, "owner")


@pytest.fixture
def attacker(app: Flask, google: OpenIdHost, github: GitHubHost) -> Browser:
    """The browser of who hasn't, and has accounts at the providers too."""
    google.knows("attacker", "attacker@example.com")
    github.knows("attacker", "attacker@example.com")
    return Browser(app, "attacker")


def signs_up(browser: Api, password: str = ATTACKERS) -> None:
    """Takes the address."""
    answer = browser.post("/user/signup", {"email": ADDRESS, "password": password})
    assert answer.status_code == 201, answer.text
    browser.token, browser.user_id = body_of(answer)["token"], body_of(answer)["userId"]


def signs_in(browser: Api, password: str) -> int:
    """Tries a password; the status."""
    return browser.post("/user/signin", {"email": ADDRESS, "password": password}).status_code


def test_the_attacker_first_then_the_owner_through_a_provider(
    app: Flask, attacker: Browser, owner: Browser, queues: redis.Redis
) -> None:
    signs_up(attacker)
    key = body_of(
        attacker.post("/user/api-keys", {"name": "mine", "scopes": ["read"], "password": ATTACKERS})
    )
    program = Api(app)
    program.token = key["key"]
    assert attacker.get("/user/me").status_code == 200
    assert program.get("/trade/open").status_code == 200
    # Through a provider of their own, by another address.
    assert attacker.links("github") == {"linked": "github"}

    owner.is_in("google")

    assert owner.user_id == attacker.user_id
    refused = {
        "access token": attacker.get("/user/me").status_code,
        "refresh token": attacker.post("/user/refresh", {}).status_code,
        "password": signs_in(Api(app), ATTACKERS),
        "key": program.get("/trade/open").status_code,
    }
    # Redis forgot: PostgreSQL says the same.
    queues.flushdb()
    refused |= {
        "access token, asked again": attacker.get("/user/me").status_code,
        "refresh token, asked again": attacker.post("/user/refresh", {}).status_code,
        "key, asked again": program.get("/trade/open").status_code,
    }
    assert refused == dict.fromkeys(refused, 401)
    # The link of the attacker's leads to an account of their own now.
    assert Browser(app, "attacker").is_in("github").user_id != owner.user_id
    me = body_of(owner.get("/user/me"))
    assert (me["verified"], me["hasPassword"]) == (True, False)
    assert [link["provider"] for link in me["providers"]] == ["google"]
    kinds = [event["kind"] for event in body_of(owner.get("/user/security-events"))["events"]]
    told = [kind for kind in kinds if kind != "sign_in_failed"]
    assert told[:3] == ["signed_in", "provider_linked", "claimed"]


def test_the_owner_first_then_the_attacker(app: Flask, attacker: Browser, owner: Browser) -> None:
    owner.is_in("google")

    taken = attacker.post("/user/signup", {"email": ADDRESS, "password": ATTACKERS})

    assert problem_of(taken) == (409, "email_taken")
    assert signs_in(attacker, ATTACKERS) == 401
    assert owner.get("/user/me").status_code == 200
    assert body_of(owner.get("/user/me"))["hasPassword"] is False


def test_a_proven_account_is_joined_and_keeps_its_password(
    app: Flask, owner: Browser, database: sa.Engine
) -> None:
    signs_up(owner, PASSWORD)
    prove(database)

    by_provider = Browser(app, "owner").is_in("google")

    assert by_provider.user_id == owner.user_id
    assert signs_in(Api(app), PASSWORD) == 200
    assert owner.get("/user/me").status_code == 200
    kinds = [event["kind"] for event in body_of(owner.get("/user/security-events"))["events"]]
    assert "claimed" not in kinds
    assert "provider_linked" in kinds


def test_an_unproven_address_at_the_provider_joins_nothing(
    app: Flask, attacker: Browser, owner: Browser, google: OpenIdHost, database: sa.Engine
) -> None:
    signs_up(owner, PASSWORD)
    prove(database)
    google.people["attacker"].email = ADDRESS
    google.people["attacker"].verified = False

    assert attacker.signs_in_through("google") == {"error": "email_unverified"}
    assert body_of(owner.get("/user/me"))["providers"] == []


def test_another_account_of_a_provider_with_the_same_address_is_a_conflict(
    app: Flask, owner: Browser, google: OpenIdHost
) -> None:
    owner.is_in("google")
    google.knows("successor", ADDRESS)

    assert Browser(app, "successor").signs_in_through("google") == {"error": "other_linked"}


def test_who_was_let_in_before_the_owner_came_is_not_let_in_afterwards(
    app: Flask, attacker: Browser, owner: Browser
) -> None:
    """The attacker's code is on its way to the page when the owner claims the account."""
    signs_up(attacker)
    attacker.links("google")
    other = Browser(app, "attacker")
    code = other.signs_in_through("google")["code"]

    owner.is_in("google")

    assert problem_of(other.exchanges(code)) == (401, "sign_in_expired")


def test_what_was_asked_before_the_owner_came_and_ends_afterwards_is_not_linked(
    attacker: Browser, owner: Browser
) -> None:
    signs_up(attacker)
    url = body_of(attacker.post("/auth/link/github", {}))["url"]
    back = attacker.comes_from(url)

    owner.is_in("google")

    assert attacker.comes_back(back) == {"error": "session_ended"}
    assert [link["provider"] for link in body_of(owner.get("/user/me"))["providers"]] == ["google"]


def test_one_who_comes_from_many_browsers_at_once_gets_one_account(
    app: Flask, google: OpenIdHost, github: GitHubHost, database: sa.Engine
) -> None:
    google.knows("owner", ADDRESS)
    github.knows("owner", ADDRESS)
    browsers = [(Browser(app, "owner"), provider) for provider in ("google", "github") * 3]
    callbacks = [browser.comes_from(browser.goes_to(provider)) for browser, provider in browsers]
    ids: list[str] = []

    def comes_in(browser: Browser, callback: str) -> None:
        answer = browser.exchanges(browser.comes_back(callback)["code"])
        ids.append(body_of(answer)["userId"])

    together(
        [
            lambda browser=browser, callback=callback: comes_in(browser, callback)  # type: ignore[misc]
            for (browser, _), callback in zip(browsers, callbacks, strict=True)
        ]
    )

    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert rows(database, "users") == 1
    assert rows(database, "oauth_accounts") == 2


def test_signing_up_and_coming_through_a_provider_at_once_leaves_the_owner_alone_in(
    app: Flask, google: OpenIdHost, database: sa.Engine
) -> None:
    for number in range(6):
        address, person = f"owner{number}@example.com", f"owner{number}"
        google.knows(person, address)
        owner, attacker = Browser(app, person), Api(app)
        callback = owner.comes_from(owner.goes_to("google"))
        credentials = {"email": address, "password": ATTACKERS}

        def takes(attacker: Api = attacker, credentials: dict[str, str] = credentials) -> None:
            answer = attacker.post("/user/signup", credentials)
            assert answer.status_code in {201, 409}
            if answer.status_code == 201:
                attacker.token = body_of(answer)["token"]
            answer = attacker.post("/user/signin", credentials)
            assert answer.status_code in {200, 401}

        def comes(owner: Browser = owner, callback: str = callback) -> None:
            assert owner.exchanges(owner.comes_back(callback)["code"]).status_code == 200

        together([takes, comes])

        assert attacker.get("/user/me").status_code == 401
        assert attacker.post("/user/refresh", {}).status_code == 401
        assert attacker.post("/user/signin", credentials).status_code == 401
    assert rows(database, "users") == 6


def prove(database: sa.Engine) -> None:
    """The mailbox was shown to be the account's, as by a mailed code."""
    with database.begin() as connection:
        connection.execute(
            sa.text("update users set email_verified_at = now() where email = :email"), {"email": ADDRESS}
        )


def rows(database: sa.Engine, table: str) -> int:
    """How many there are."""
    with database.connect() as connection:
        return int(connection.scalar(sa.text(f"select count(*) from {table}")) or 0)
