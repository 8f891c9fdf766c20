"""Providers on a desk that sends mail: whoever comes first, and what the owner is told."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from runtime.settings import Settings
from tests.support.api import PASSWORD, body_of, problem_of
from tests.support.mail_server import MailServer, mail_server
from tests.support.members import Member
from tests.support.oidc.browser import Browser
from tests.support.oidc.openid import OpenIdHost
from tests.support.post import Post, code_in, text_of
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.threads import together

ADDRESS = "owner@example.com"
ATTACKERS = "the attacker's password"


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def mail_settings(services: Services, provider_settings: dict[str, Any], mails: MailServer) -> Settings:
    """Settings of a desk that sends mail and offers the providers."""
    return make_settings(services, mail_url=mails.url, **provider_settings)


@pytest.fixture
def app(mail_settings: Settings, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Flask:
    """The app of that desk."""
    return create_app(mail_settings)


@pytest.fixture
def post(app: Flask, mails: MailServer, database: sa.Engine, mail_settings: Settings) -> Post:
    """Its post."""
    return Post(mails, database, mail_settings)


@pytest.fixture
def owner(app: Flask, google: OpenIdHost) -> Browser:
    """The browser of who has the mailbox."""
    google.knows("owner", ADDRESS)
    return Browser(app, "owner")


def test_the_attacker_first_then_the_owner_through_a_provider(app: Flask, owner: Browser, post: Post) -> None:
    attacker = Member(app, ADDRESS)
    attacker.signs_up_by_mail(ATTACKERS)
    assert attacker.signs_in(ATTACKERS).status_code == 200
    code = post.code_to(ADDRESS)

    owner.is_in("google")

    assert owner.user_id == attacker.user_id
    assert attacker.get("/user/me").status_code == 401
    assert attacker.post("/user/refresh", {}).status_code == 401
    assert problem_of(Member(app, ADDRESS).signs_in(ATTACKERS)) == (401, "wrong_credentials")
    # The code of before, whoever has come by it, brings nothing back.
    assert problem_of(attacker.verifies(code)) == (401, "wrong_code")
    [mail] = post.deliver()
    assert mail["To"] == ADDRESS
    assert "removed" in text_of(mail)


def test_the_owner_first_then_the_attacker(app: Flask, owner: Browser, post: Post) -> None:
    owner.is_in("google")
    attacker = Member(app, ADDRESS)

    first = attacker.signs_up_by_mail(ATTACKERS)
    unknown = Member(app, "nobody@example.com").signs_up_by_mail(ATTACKERS)

    assert first.status_code == unknown.status_code == 201
    assert body_of(first) | {"email": ""} == body_of(unknown) | {"email": ""}
    assert problem_of(attacker.signs_in(ATTACKERS)) == (401, "wrong_credentials")
    assert owner.get("/user/me").status_code == 200
    assert body_of(owner.get("/user/me"))["hasPassword"] is False
    [mail] = [mail for mail in post.deliver() if mail["To"] == ADDRESS]
    assert mail["Subject"] == "You have an account already - cfdesk"


def test_the_owner_is_told_of_what_signs_them_in(app: Flask, owner: Browser, post: Post) -> None:
    member = Member(app, ADDRESS).joins(post)

    owner.is_in("google")
    [joined] = post.deliver()
    answer = member.post("/auth/unlink/google", {"password": PASSWORD})
    [unlinked] = post.deliver()

    assert answer.status_code == 200
    assert owner.user_id == member.user_id
    assert joined["To"] == unlinked["To"] == ADDRESS
    assert "From now on Google signs you in to your account" in text_of(joined)
    assert "Google" in text_of(unlinked)
    # Coming again is no news.
    owner.is_in("google")
    assert len(post.deliver()) == 1
    owner.is_in("google")
    assert post.deliver() == []


def test_who_is_not_proven_is_told_so_before_going_to_the_provider(
    app: Flask, google: OpenIdHost, post: Post
) -> None:
    member = Member(app, ADDRESS)
    member.signs_up_by_mail()
    member.signs_in()

    assert problem_of(member.post("/auth/link/google", {})) == (403, "email_not_verified")
    [mail] = post.deliver()
    member.verifies(code_in(mail))
    assert member.post("/auth/link/google", {}).status_code == 200


def test_signing_up_and_coming_through_a_provider_at_once_leaves_the_owner_alone_in(
    app: Flask, google: OpenIdHost, post: Post
) -> None:
    for number in range(4):
        address, person = f"owner{number}@example.com", f"owner{number}"
        google.knows(person, address)
        owner, attacker = Browser(app, person), Member(app, address)
        callback = owner.comes_from(owner.goes_to("google"))

        def takes(attacker: Member = attacker) -> None:
            assert attacker.signs_up_by_mail(ATTACKERS).status_code == 201
            assert attacker.signs_in(ATTACKERS).status_code in {200, 401}

        def comes(owner: Browser = owner, callback: str = callback) -> None:
            assert owner.exchanges(owner.comes_back(callback)["code"]).status_code == 200

        together([takes, comes])

        assert attacker.get("/user/me").status_code == 401
        assert attacker.post("/user/refresh", {}).status_code == 401
        assert problem_of(attacker.signs_in(ATTACKERS)) == (401, "wrong_credentials")
