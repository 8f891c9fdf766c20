"""A signed-in owner's password and e-mail."""

import pyotp
import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from tests.support.api import PASSWORD, body_of, problem_of
from tests.support.members import Member
from tests.support.post import Post, code_in, html_of, text_of

NEW_PASSWORD = "another password, just as long"
NEW_EMAIL = "new@example.com"


@pytest.fixture
def ann(mail_app: Flask, post: Post) -> Member:
    """Ann, who is signed in."""
    return Member(mail_app).joins(post)


def asks_for(member: Member, email: str, password: str = PASSWORD) -> None:
    """Has a code mailed to a new address."""
    answer = member.post("/user/email", {"email": email, "password": password})
    assert answer.status_code == 200, answer.text


def test_a_new_password_ends_the_other_sessions_and_the_owner_is_told(
    ann: Member, mail_app: Flask, post: Post
) -> None:
    elsewhere = Member(mail_app)
    elsewhere.signs_in()
    body = {"currentPassword": PASSWORD, "password": NEW_PASSWORD}
    assert ann.post("/user/password", body).status_code == 200
    assert ann.get("/user/me").status_code == 200
    assert ann.post("/user/refresh").status_code == 200
    assert problem_of(elsewhere.get("/user/me"))[0] == 401
    assert problem_of(elsewhere.post("/user/refresh"))[0] == 401
    assert problem_of(elsewhere.signs_in()) == (401, "wrong_credentials")
    assert elsewhere.signs_in(NEW_PASSWORD).status_code == 200
    [mail] = post.deliver()
    assert mail["Subject"] == "Your password was changed - cfdesk"
    assert "from the address 127.0.0.1" in text_of(mail)
    assert "password_changed" in ann.event_kinds()


@pytest.mark.parametrize("current", [None, "not it", ""])
def test_without_the_present_password_nothing_changes(ann: Member, current: str | None) -> None:
    answer = ann.post("/user/password", {"currentPassword": current, "password": NEW_PASSWORD})
    assert problem_of(answer) == ((400, "invalid_input") if current == "" else (403, "wrong_password"))
    answer = ann.post("/user/email", {"email": NEW_EMAIL, "password": current})
    assert problem_of(answer)[0] in {400, 403}
    assert ann.signs_in(PASSWORD).status_code == 200


def test_a_short_password_is_refused(ann: Member) -> None:
    answer = ann.post("/user/password", {"currentPassword": PASSWORD, "password": "seven77"})
    assert problem_of(answer) == (400, "invalid_input")


def test_who_has_a_second_factor_shows_it_too(ann: Member, post: Post) -> None:
    secret = body_of(ann.post("/user/second-factor", {"password": PASSWORD}))["secret"]
    confirmed = ann.post("/user/second-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    recovery = body_of(confirmed)["recoveryCodes"]
    for path, body in (
        ("/user/password", {"currentPassword": PASSWORD, "password": NEW_PASSWORD}),
        ("/user/email", {"email": NEW_EMAIL, "password": PASSWORD}),
    ):
        assert problem_of(ann.post(path, body)) == (401, "second_factor_required")
        assert problem_of(ann.post(path, body | {"secondFactor": "000000"}))[0] == 401
        assert ann.post(path, body | {"secondFactor": recovery.pop()}).status_code == 200
        if path == "/user/password":
            ann.post(
                "/user/password",
                {"currentPassword": NEW_PASSWORD, "password": PASSWORD, "secondFactor": recovery.pop()},
            )


def test_who_has_no_password_must_have_signed_in_just_now(
    ann: Member, mail_app: Flask, queues: redis.Redis, database: sa.Engine
) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("update users set password_hash = null"))
        connection.execute(sa.text("update user_sessions set created_at = now() - interval '9 minutes'"))
    # A password is added
    assert ann.post("/user/password", {"password": NEW_PASSWORD}).status_code == 200
    with database.begin() as connection:
        connection.execute(sa.text("update users set password_hash = null"))
        connection.execute(sa.text("update user_sessions set created_at = now() - interval '11 minutes'"))
    ann.post("/user/refresh")
    # PostgreSQL is asked anew
    queues.flushdb()
    assert problem_of(ann.post("/user/password", {"password": NEW_PASSWORD})) == (403, "sign_in_again")


def test_a_new_address_is_the_accounts_once_it_is_proven(ann: Member, mail_app: Flask, post: Post) -> None:
    asks_for(ann, NEW_EMAIL)
    [mail] = post.deliver()
    assert mail["To"] == NEW_EMAIL
    assert body_of(ann.get("/user/me"))["email"] == "ann@example.com"
    answer = ann.post("/user/email/confirm", {"code": code_in(mail)})
    assert body_of(answer)["email"] == NEW_EMAIL
    assert body_of(ann.get("/user/me"))["email"] == NEW_EMAIL
    # The old address is told, without the whole of the new one
    [told] = post.deliver()
    assert told["To"] == "ann@example.com"
    assert "changed to n***@example.com" in text_of(told)
    assert problem_of(Member(mail_app).signs_in()) == (401, "wrong_credentials")
    assert Member(mail_app, NEW_EMAIL).signs_in().status_code == 200
    assert "email_changed" in ann.event_kinds()


def test_a_code_of_the_old_mailbox_is_good_for_nothing_after_the_change(
    ann: Member, mail_app: Flask, post: Post
) -> None:
    asks_for(ann, NEW_EMAIL)
    code = post.code_to(NEW_EMAIL)
    ann.post("/user/password-reset", {"email": "ann@example.com"})
    old = post.code_to("ann@example.com")
    assert ann.post("/user/email/confirm", {"code": code}).status_code == 200
    body = {"email": "ann@example.com", "code": old, "password": NEW_PASSWORD}
    assert problem_of(ann.post("/user/password-reset/confirm", body)) == (401, "wrong_code")


def test_a_taken_address_is_answered_as_a_free_one_and_its_owner_told(
    ann: Member, mail_app: Flask, post: Post
) -> None:
    bob = Member(mail_app, "bob@example.com").joins(post)
    free = ann.post("/user/email", {"email": NEW_EMAIL, "password": PASSWORD})
    post.deliver()
    taken = ann.post("/user/email", {"email": bob.email, "password": PASSWORD})
    assert (taken.status_code, taken.data) == (free.status_code, free.data)
    [mail] = post.deliver()
    assert (mail["To"], mail["Subject"]) == (bob.email, "Somebody wanted to use your e-mail - cfdesk")
    assert problem_of(ann.post("/user/email/confirm", {"code": "123456"})) == (401, "wrong_code")
    assert "ann@example.com" not in text_of(mail)


def test_an_address_that_was_taken_meanwhile_is_a_conflict(ann: Member, mail_app: Flask, post: Post) -> None:
    asks_for(ann, NEW_EMAIL)
    code = post.code_to(NEW_EMAIL)
    Member(mail_app, NEW_EMAIL).joins(post)
    assert problem_of(ann.post("/user/email/confirm", {"code": code})) == (409, "email_taken")
    assert body_of(ann.get("/user/me"))["email"] == "ann@example.com"


def test_the_accounts_own_address_is_no_change(ann: Member) -> None:
    answer = ann.post("/user/email", {"email": "Ann@Example.com", "password": PASSWORD})
    assert problem_of(answer) == (409, "email_unchanged")


def test_another_accounts_code_changes_nothing(ann: Member, mail_app: Flask, post: Post) -> None:
    bob = Member(mail_app, "bob@example.com").joins(post)
    asks_for(ann, NEW_EMAIL)
    code = post.code_to(NEW_EMAIL)
    assert problem_of(bob.post("/user/email/confirm", {"code": code})) == (410, "code_expired")
    assert body_of(bob.get("/user/me"))["email"] == "bob@example.com"


def test_a_wrong_code_is_tried_five_times(ann: Member, post: Post) -> None:
    asks_for(ann, NEW_EMAIL)
    code = post.code_to(NEW_EMAIL)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert problem_of(ann.post("/user/email/confirm", {"code": wrong})) == (401, "wrong_code")
    assert problem_of(ann.post("/user/email/confirm", {"code": code})) == (429, "too_many_tries")


def test_the_owner_is_told_of_a_new_key_without_the_key(ann: Member, post: Post) -> None:
    made = body_of(
        ann.post("/user/api-keys", {"name": "my <b>bot</b>", "scopes": ["read"], "password": PASSWORD})
    )
    [mail] = post.deliver()
    assert mail["Subject"] == "A key for programs was made - cfdesk"
    assert 'A key named "my <b>bot</b>" was made' in text_of(mail)
    assert "my &lt;b&gt;bot&lt;/b&gt;" in html_of(mail)
    assert made["key"] not in mail.as_string()
