"""Whoever holds an account can change all that is the account's: who waits for it holds nothing of it yet."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from models import ApiKey, EmailChallenge, RecoveryCode, SecondFactor, User, UserSession
from tests.support.api import PASSWORD, body_of
from tests.support.members import Guarded
from tests.support.post import Post
from tests.support.threads import together
from tests.support.waiting import eventually

_WAITING = sa.text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
_OF_AN_ACCOUNT = (ApiKey, EmailChallenge, RecoveryCode, SecondFactor, UserSession)
# Below the connection's idle_in_transaction_session_timeout.
_WAITS_S = 8
_NEW_PASSWORD = "another one, long enough"

Request = Callable[[], TestResponse]


@pytest.fixture
def ann(mail_app: Flask, post: Post) -> Guarded:
    """Ann, who has two sessions, a second factor, a key, and a code on its way."""
    ann = Guarded(mail_app)
    ann.joins(post)
    ann.is_guarded()
    assert ann.signs_in(secondFactor=ann.code()).status_code == 200
    key = {"name": "bot", "scopes": ["read"], "password": PASSWORD, "secondFactor": ann.recovery_codes[1]}
    assert ann.post("/user/api-keys", key).status_code == 201
    assert ann.post("/user/password-reset", {"email": ann.email}).status_code == 200
    return ann


def proof(ann: Guarded) -> dict[str, str]:
    """That she is the owner."""
    return {"password": PASSWORD, "code": ann.code(+1)}


def refreshing(ann: Guarded, post: Post) -> Request:
    """With the cookie's token."""
    return lambda: ann.post("/user/refresh", {})


def signing_in_with_a_recovery_code(ann: Guarded, post: Post) -> Request:
    """The browser's former session ends, too."""
    return lambda: ann.signs_in(secondFactor=ann.recovery_codes[0])


def signing_out(ann: Guarded, post: Post) -> Request:
    """Here."""
    return lambda: ann.post("/user/signout", {})


def signing_out_everywhere(ann: Guarded, post: Post) -> Request:
    """Here and elsewhere."""
    return lambda: ann.post("/user/signout-everywhere", {})


def ending_a_session(ann: Guarded, post: Post) -> Request:
    """Another one."""
    sessions = body_of(ann.get("/user/sessions"))["sessions"]
    return lambda: ann.request("DELETE", f"/api/v2/user/sessions/{sessions[-1]['sessionId']}")


def revoking_a_key(ann: Guarded, post: Post) -> Request:
    """The one there is."""
    keys = body_of(ann.get("/user/api-keys"))["keys"]
    return lambda: ann.request("DELETE", f"/api/v2/user/api-keys/{keys[0]['keyId']}")


def renewing_the_recovery_codes(ann: Guarded, post: Post) -> Request:
    """All ten."""
    return lambda: ann.post("/user/second-factor/recovery-codes", proof(ann))


def removing_the_second_factor(ann: Guarded, post: Post) -> Request:
    """And the recovery codes with it."""
    return lambda: ann.post("/user/second-factor/remove", proof(ann))


def changing_the_password(ann: Guarded, post: Post) -> Request:
    """Other sessions and codes end."""
    return lambda: ann.post(
        "/user/password",
        {"currentPassword": PASSWORD, "password": _NEW_PASSWORD, "secondFactor": ann.code(+1)},
    )


def changing_the_address(ann: Guarded, post: Post) -> Request:
    """By the code that was mailed to the new one."""
    body = {"email": "new@example.com", "password": PASSWORD, "secondFactor": ann.code(+1)}
    assert ann.post("/user/email", body).status_code == 200
    code = post.code_to("new@example.com")
    return lambda: ann.post("/user/email/confirm", {"code": code})


def resetting_the_password(ann: Guarded, post: Post) -> Request:
    """By the mailed code."""
    body = {"email": ann.email, "code": post.code_to(ann.email), "password": _NEW_PASSWORD}
    return lambda: ann.post("/user/password-reset/confirm", body)


@pytest.mark.parametrize(
    "asking",
    [
        refreshing,
        signing_in_with_a_recovery_code,
        signing_out,
        signing_out_everywhere,
        ending_a_session,
        revoking_a_key,
        renewing_the_recovery_codes,
        removing_the_second_factor,
        changing_the_password,
        changing_the_address,
        resetting_the_password,
    ],
)
def test_who_waits_for_an_account_holds_nothing_of_it(
    ann: Guarded, post: Post, database: sa.Engine, asking: Callable[[Guarded, Post], Request]
) -> None:
    asks = asking(ann, post)
    answers: list[int] = []

    with database.connect() as holder:
        holder.execute(sa.select(User.id).with_for_update())

        def changes_all() -> None:
            eventually(
                lambda: waiting(database), limit_s=_WAITS_S, what="the request to wait for the account"
            )
            try:
                for table in _OF_AN_ACCOUNT:
                    # Raises when somebody else holds a row.
                    holder.execute(sa.select(sa.literal(1)).select_from(table).with_for_update(nowait=True))
            finally:
                holder.rollback()

        together([lambda: answers.append(asks().status_code), changes_all])

    assert answers in ([200], [401])


def waiting(database: sa.Engine) -> bool:
    """Whether somebody waits for a row."""
    with database.connect() as connection:
        return bool(connection.scalar(_WAITING))
