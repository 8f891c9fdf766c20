"""Requests that were let in a moment before the mailbox's owner came, and end a moment after."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.support.api import PASSWORD, body_of, problem_of
from tests.support.oidc.browser import Browser
from tests.support.oidc.github import GitHubHost
from tests.support.oidc.openid import OpenIdHost
from tests.support.threads import together
from tests.support.waiting import eventually

ADDRESS = "owner@example.com"
_WAITING = sa.text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")


@pytest.fixture
def attacker(app: Flask, google: OpenIdHost, github: GitHubHost) -> Browser:
    """Who has made the account, without the mailbox."""
    google.knows("owner", ADDRESS)
    github.knows("attacker", "attacker@example.com")
    browser = Browser(app, "attacker")
    browser.signs_up(ADDRESS)
    return browser


def makes_a_key(attacker: Browser) -> Any:
    """A way in for a program."""
    return attacker.post("/user/api-keys", {"name": "mine", "scopes": ["trade"], "password": PASSWORD})


def sets_a_password(attacker: Browser) -> Any:
    """A way in by another password."""
    return attacker.post("/user/password", {"currentPassword": PASSWORD, "password": "the attacker's own"})


def signs_in(attacker: Browser) -> Any:
    """A session more."""
    return attacker.post("/user/signin", {"email": ADDRESS, "password": PASSWORD})


@pytest.mark.parametrize("asks", [makes_a_key, sets_a_password, signs_in])
def test_what_was_asked_before_is_refused_afterwards(
    app: Flask, attacker: Browser, database: sa.Engine, asks: Callable[[Browser], Any]
) -> None:
    owner = Browser(app, "owner")
    back = owner.comes_from(owner.goes_to("google"))
    refused: list[tuple[int, str]] = []

    with database.connect() as held:
        held.execute(sa.text("select from users for update"))

        def claims_while_both_wait() -> None:
            eventually(lambda: waiting(database, 1), what="the owner to wait for the account")
            together([lambda: refused.append(problem_of(asks(attacker))), lets_go])

        def lets_go() -> None:
            eventually(lambda: waiting(database, 2), what="the attacker to wait for it too")
            held.rollback()

        told: list[dict[str, str]] = []
        together([lambda: told.append(owner.comes_back(back)), claims_while_both_wait])

    assert [page.keys() for page in told] == [{"code"}]
    assert [status for status, _ in refused] == [401]
    assert owner.exchanges(told[0]["code"]).status_code == 200
    with database.connect() as connection:
        password_hash = connection.scalar(sa.text("select password_hash from users"))
        keys = connection.scalar(sa.text("select count(*) from api_keys where revoked_at is null"))
    assert (password_hash, keys) == (None, 0)


def test_a_link_that_was_begun_before_is_refused_afterwards(app: Flask, attacker: Browser) -> None:
    back = attacker.comes_from(body_of(attacker.post("/auth/link/github", {}))["url"])
    Browser(app, "owner").is_in("google")

    assert attacker.comes_back(back) == {"error": "session_ended"}


def waiting(database: sa.Engine, least: int) -> bool:
    """Whether so many wait for a row."""
    with database.connect() as connection:
        return int(connection.scalar(_WAITING) or 0) >= least
