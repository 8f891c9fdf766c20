"""Mailed codes: how often they can be tried, how long they are good, and what addresses tell."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import TestResponse

from app import create_app
from runtime.settings import Settings
from tests.support.api import API, PASSWORD, body_of, problem_of
from tests.support.members import Member
from tests.support.post import Post, code_in, other_than
from tests.support.threads import together

# 123456, in digits that are none of ours.
ARABIC = "".join(chr(0x660 + digit) for digit in range(1, 7))
NEW_PASSWORD = "another password, just as long"


def tries(member: Member, code: str, address: str = "127.0.0.1") -> TestResponse:
    """Types a code, from an address."""
    return member.client.post(
        f"{API}/user/verify-email",
        json={"email": member.email, "code": code},
        environ_base={"REMOTE_ADDR": address},
    )


def test_the_sixth_try_fails_even_when_right_from_a_hundred_addresses(
    mail_settings: Settings, post: Post
) -> None:
    # Given limits by address as in production
    app = create_app(mail_settings.model_copy(update={"rate_limits_enabled": True}))
    ann = Member(app)
    ann.signs_up_by_mail()
    code = post.code_to(ann.email)
    answers = [
        problem_of(tries(ann, other_than(code) if number < 5 else code, f"203.0.113.{number}"))
        for number in range(100)
    ]
    assert answers == [(401, "wrong_code")] * 5 + [(429, "too_many_tries")] * 95
    assert int(tries(ann, code, "203.0.113.200").headers["Retry-After"]) > 0
    # Another code, asked for by whoever has the mailbox, is good
    ann.post("/user/resend-code", {"email": ann.email})
    assert tries(ann, post.code_to(ann.email), "203.0.113.201").status_code == 200


def test_a_hundred_tries_at_once_are_five_comparisons(mail_app: Flask, post: Post) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    code = post.code_to(ann.email)
    answers: list[tuple[int, str]] = []

    def guess(number: int) -> None:
        wrong = f"{(int(code) + 1 + number) % 1_000_000:06d}"
        answers.append(problem_of(tries(Member(mail_app), wrong, f"203.0.113.{number}")))

    together([partial(guess, number) for number in range(100)])
    assert Counter(answers) == {(401, "wrong_code"): 5, (429, "too_many_tries"): 95}
    assert problem_of(tries(ann, code)) == (429, "too_many_tries")


def test_a_code_typed_twice_at_once_is_used_once(mail_app: Flask, post: Post) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    code = post.code_to(ann.email)
    statuses: list[int] = []
    together([lambda: statuses.append(tries(Member(mail_app), code).status_code)] * 4)
    assert sorted(statuses) == [200, 401, 401, 401]


def test_an_old_code_is_gone(mail_app: Flask, post: Post, database: sa.Engine) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    code = post.code_to(ann.email)
    with database.begin() as connection:
        connection.execute(sa.text("update email_challenges set expires_at = now()"))
    assert problem_of(ann.verifies(code)) == (410, "code_expired")


def test_a_code_whose_time_is_over_before_it_is_mailed_is_not_mailed(
    mail_app: Flask, post: Post, database: sa.Engine
) -> None:
    Member(mail_app).signs_up_by_mail()
    with database.begin() as connection:
        connection.execute(sa.text("update email_challenges set expires_at = now()"))
    assert post.deliver() == []


def test_only_so_many_codes_are_mailed_in_an_hour_and_the_newest_stays_good(
    mail_app: Flask, post: Post, database: sa.Engine
) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    for _ in range(3):
        ann.post("/user/resend-code", {"email": ann.email})
    # The fifth is the last
    ann.post("/user/resend-code", {"email": ann.email})
    code = post.code_to(ann.email)
    sent = len(post.server.mails)
    assert ann.post("/user/resend-code", {"email": ann.email}).status_code == 200
    assert post.deliver() == []
    # An hour later there are more
    with database.begin() as connection:
        connection.execute(sa.text("update email_challenges set window_at = now() - interval '61 minutes'"))
    ann.post("/user/resend-code", {"email": ann.email})
    newest = post.code_to(ann.email)
    assert len(post.server.mails) == sent + 1
    if newest != code:
        assert problem_of(ann.verifies(code)) == (401, "wrong_code")
    assert ann.verifies(newest).status_code == 200


def conversation(member: Member, code: str) -> list[tuple[int, Any]]:
    """Every step that somebody may take with an address, and what is answered."""
    email = member.email
    confirm = {"email": email, "code": code, "password": NEW_PASSWORD}
    steps: list[tuple[str, dict[str, str]]] = [
        ("/user/verify-email", {"email": email, "code": code}),
        ("/user/password-reset/confirm", confirm),
        ("/user/resend-code", {"email": email}),
        ("/user/password-reset", {"email": email}),
        *[("/user/verify-email", {"email": email, "code": code})] * 7,
        *[("/user/password-reset/confirm", confirm)] * 7,
        ("/user/signin", {"email": email, "password": NEW_PASSWORD}),
        ("/user/signup", {"email": email, "password": NEW_PASSWORD}),
        *[("/user/verify-email", {"email": email, "code": code})] * 7,
        *[("/user/resend-code", {"email": email})] * 7,
        *[("/user/password-reset", {"email": email})] * 7,
        ("/user/password-reset/confirm", confirm),
    ]
    told = []
    for path, body in steps:
        answer = member.post(path, body)
        told.append((answer.status_code, body_of(answer) | ({"email": ""} if path.endswith("up") else {})))
    return told


def test_an_address_that_nobody_has_is_answered_word_for_word_like_others(
    mail_app: Flask, post: Post, database: sa.Engine
) -> None:
    Member(mail_app, "proven@example.com").joins(post)
    Member(mail_app, "waiting@example.com").signs_up_by_mail()
    post.deliver()
    with database.begin() as connection:
        # As a day later.
        connection.execute(sa.text("delete from email_challenges"))
    nobody = conversation(Member(mail_app, "nobody@example.com"), "123456")
    assert Counter(status for status, _ in nobody) == {410: 2, 200: 16, 401: 17, 429: 6, 201: 1}
    for email in ("proven@example.com", "waiting@example.com"):
        # Not one is right by chance: nothing was delivered, so there are no codes.
        assert conversation(Member(mail_app, email), "123456") == nobody


def test_a_code_is_in_no_queue_and_no_table(
    mail_app: Flask, post: Post, database: sa.Engine, mail_settings: Settings
) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    [mail] = post.deliver()
    code = code_in(mail)
    with database.connect() as connection:
        for table in ("email_challenges", "security_events", "parked_messages"):
            rows = connection.execute(sa.text(f"select t::text from {table} t"))
            # Digits of a time or a hash may be the same by chance: a code stands alone.
            assert not any(f",{code}," in row or f'"{code}"' in row for (row,) in rows)


def test_a_reset_sets_the_password_ends_all_sessions_and_tells_the_owner(mail_app: Flask, post: Post) -> None:
    ann = Member(mail_app).joins(post)
    elsewhere = Member(mail_app)
    elsewhere.signs_in()
    assert elsewhere.post("/user/password-reset", {"email": ann.email}).status_code == 200
    body = {"email": ann.email, "code": post.code_to(ann.email), "password": "short"}
    assert problem_of(ann.post("/user/password-reset/confirm", body)) == (400, "invalid_input")
    assert ann.post("/user/password-reset/confirm", body | {"password": NEW_PASSWORD}).status_code == 200
    for session in (ann, elsewhere):
        assert problem_of(session.get("/user/me"))[0] == 401
        assert problem_of(session.post("/user/refresh"))[0] == 401
    assert problem_of(ann.signs_in(PASSWORD)) == (401, "wrong_credentials")
    assert ann.signs_in(NEW_PASSWORD).status_code == 200
    assert ann.event_kinds()[:3] == ["signed_in", "sign_in_failed", "password_reset"]
    assert [mail["Subject"] for mail in post.deliver()] == ["Your password was reset - cfdesk"]


def test_who_signs_in_through_a_provider_gets_no_code_for_a_password(
    mail_app: Flask, post: Post, database: sa.Engine
) -> None:
    ann = Member(mail_app).joins(post)
    with database.begin() as connection:
        connection.execute(sa.text("update users set password_hash = null"))
        connection.execute(
            sa.text(
                "insert into oauth_accounts (id, user_id, provider, subject, email)"
                " select gen_random_uuid(), id, 'google', '7', email from users"
            )
        )
    ann.post("/user/password-reset", {"email": ann.email})
    [mail] = post.deliver()
    assert mail["Subject"] == "Your account has no password to reset - cfdesk"


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "", ARABIC, " 12345"])
def test_what_is_no_code_is_bad_input_and_no_try(mail_app: Flask, post: Post, code: str) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    right = post.code_to(ann.email)
    for _ in range(6):
        assert problem_of(ann.verifies(code)) == (400, "invalid_input")
    assert ann.verifies(right).status_code == 200


def test_a_code_made_with_a_former_secret_of_the_desk_is_good(
    mail_app: Flask, mail_settings: Settings, post: Post
) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    code = post.code_to(ann.email)
    rotated = mail_settings.model_copy(
        update={
            "jwt_secret": SecretStr("a newer secret of the tests, as long as it must be"),
            "jwt_secrets_former": (mail_settings.jwt_secret,),
        }
    )
    assert Member(create_app(rotated)).verifies(code).status_code == 200
