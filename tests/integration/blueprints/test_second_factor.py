"""An authenticator beside the password, and the codes that stand in for it."""

from collections import Counter

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from app import create_app
from models import RecoveryCode, SecondFactor
from runtime.settings import Settings
from tests.support.api import PASSWORD, body_of, problem_of
from tests.support.books import rows
from tests.support.members import Guarded, Member
from tests.support.post import Post, other_than, text_of
from tests.support.threads import together


@pytest.fixture
def ann(mail_app: Flask, post: Post) -> Guarded:
    """Ann, whose account asks for a second factor."""
    ann = Guarded(mail_app)
    ann.joins(post)
    ann.is_guarded()
    post.deliver()
    return ann


def test_it_is_asked_for_once_confirmed_and_not_before(mail_app: Flask, post: Post) -> None:
    ann = Guarded(mail_app)
    ann.joins(post)
    assert problem_of(ann.post("/user/second-factor", {"password": "not it"})) == (403, "wrong_password")
    assert problem_of(ann.post("/user/second-factor/confirm", {"code": "123456"})) == (
        409,
        "second_factor_is_off",
    )
    begun = body_of(ann.post("/user/second-factor", {"password": PASSWORD}))
    assert begun["uri"].startswith("otpauth://totp/cfdesk:ann%40example.com?secret=" + begun["secret"])
    assert ann.signs_in().status_code == 200
    ann.is_guarded()
    assert len(set(ann.recovery_codes)) == 10
    assert all(len(code) == 11 and code[5] == "-" for code in ann.recovery_codes)
    assert problem_of(ann.signs_in()) == (401, "second_factor_required")
    assert problem_of(ann.signs_in(secondFactor=other_than(ann.code()))) == (401, "wrong_second_factor")
    assert ann.signs_in(secondFactor=ann.code()).status_code == 200
    assert body_of(ann.get("/user/me"))["secondFactor"] == {"enabled": True, "recoveryCodesLeft": 10}
    assert problem_of(ann.post("/user/second-factor", {"password": PASSWORD})) == (409, "second_factor_is_on")
    assert "second_factor_on" in ann.event_kinds()
    assert [mail["Subject"] for mail in post.deliver()] == ["Your second factor is on - cfdesk"]


def test_a_wrong_password_says_nothing_of_a_second_factor(ann: Guarded) -> None:
    assert problem_of(ann.signs_in("wrong password")) == (401, "wrong_credentials")
    assert problem_of(ann.signs_in("wrong password", secondFactor=ann.code())) == (401, "wrong_credentials")


def test_a_code_is_good_once_and_no_earlier_one_after_it(ann: Guarded) -> None:
    code = ann.code(+1)
    assert ann.signs_in(secondFactor=code).status_code == 200
    assert problem_of(ann.signs_in(secondFactor=code)) == (401, "wrong_second_factor")
    assert problem_of(ann.signs_in(secondFactor=ann.code())) == (401, "wrong_second_factor")


def test_a_code_typed_at_once_in_many_places_lets_one_in(ann: Guarded, mail_app: Flask) -> None:
    code, answers = ann.code(), list[int]()
    together([lambda: answers.append(Member(mail_app).signs_in(secondFactor=code).status_code)] * 5)
    assert sorted(answers) == [200, 401, 401, 401, 401]


def test_after_five_wrong_ones_the_right_one_is_not_looked_at_for_ten_minutes(
    ann: Guarded, mail_app: Flask, database: sa.Engine
) -> None:
    answers: list[tuple[int, str]] = []
    wrong = other_than(ann.code())
    together([lambda: answers.append(problem_of(Member(mail_app).signs_in(secondFactor=wrong)))] * 30)
    assert Counter(answers) == {(401, "wrong_second_factor"): 5, (429, "too_many_tries"): 25}
    for code in (ann.code(), ann.recovery_codes[0]):
        assert problem_of(ann.signs_in(secondFactor=code)) == (429, "too_many_tries")
    # A session that is signed in has no more tries than others
    assert problem_of(ann.post("/user/second-factor/remove", {"password": PASSWORD, "code": ann.code()})) == (
        429,
        "too_many_tries",
    )
    with database.begin() as connection:
        connection.execute(sa.text("update second_factors set tries_since = now() - interval '10 minutes'"))
    assert ann.signs_in(secondFactor=ann.code()).status_code == 200


def test_a_recovery_code_stands_in_once(ann: Guarded, post: Post) -> None:
    first, second = ann.recovery_codes[:2]
    assert ann.signs_in(secondFactor=first).status_code == 200
    assert problem_of(ann.signs_in(secondFactor=first)) == (401, "wrong_second_factor")
    # As people type them
    assert ann.signs_in(secondFactor=f" {second.replace('-', '').upper()} ").status_code == 200
    assert body_of(ann.get("/user/me"))["secondFactor"]["recoveryCodesLeft"] == 8
    assert ann.event_kinds().count("recovery_code_used") == 2
    assert "9 of them are left" in text_of(post.deliver()[0])


def test_a_recovery_code_typed_at_once_in_many_places_lets_one_in(ann: Guarded, mail_app: Flask) -> None:
    code, answers = ann.recovery_codes[0], list[int]()
    together([lambda: answers.append(Member(mail_app).signs_in(secondFactor=code).status_code)] * 5)
    assert sorted(answers) == [200, 401, 401, 401, 401]


def test_new_recovery_codes_end_the_old_ones(ann: Guarded, post: Post) -> None:
    old = ann.recovery_codes[0]
    proof = {"password": PASSWORD, "code": ann.code()}
    renewed = body_of(ann.post("/user/second-factor/recovery-codes", proof))["recoveryCodes"]
    assert not set(renewed) & set(ann.recovery_codes)
    assert problem_of(ann.signs_in(secondFactor=old)) == (401, "wrong_second_factor")
    assert ann.signs_in(secondFactor=renewed[0]).status_code == 200
    assert [mail["Subject"] for mail in post.deliver()] == [
        "You have new recovery codes - cfdesk",
        "A recovery code was used - cfdesk",
    ]


def test_it_is_removed_by_who_has_both(ann: Guarded, post: Post, database: sa.Engine) -> None:
    def remove(password: str, code: str) -> tuple[int, str]:
        return problem_of(ann.post("/user/second-factor/remove", {"password": password, "code": code}))

    assert remove("wrong password", ann.code()) == (403, "wrong_password")
    assert remove(PASSWORD, other_than(ann.code())) == (401, "wrong_second_factor")
    answer = ann.post("/user/second-factor/remove", {"password": PASSWORD, "code": ann.code()})
    assert answer.status_code == 200
    assert ann.signs_in().status_code == 200
    assert rows(database, RecoveryCode, "id") == []
    assert "second_factor_off" in ann.event_kinds()
    assert [mail["Subject"] for mail in post.deliver()] == ["Your second factor is off - cfdesk"]
    for path, body in (
        ("/user/second-factor/remove", {"password": PASSWORD, "code": "123456"}),
        ("/user/second-factor/recovery-codes", {"password": PASSWORD, "code": "123456"}),
    ):
        assert problem_of(ann.post(path, body)) == (409, "second_factor_is_off")


def test_a_reset_of_the_password_leaves_it(ann: Guarded, post: Post) -> None:
    ann.post("/user/password-reset", {"email": ann.email})
    body = {"email": ann.email, "code": post.code_to(ann.email), "password": PASSWORD}
    assert ann.post("/user/password-reset/confirm", body).status_code == 200
    assert problem_of(ann.signs_in()) == (401, "second_factor_required")


def test_neither_secret_nor_codes_are_kept_as_they_are(ann: Guarded, database: sa.Engine) -> None:
    [factor] = rows(database, SecondFactor, "user_id")
    assert ann.secret not in factor["secret"]
    kept = {row["code_hash"] for row in rows(database, RecoveryCode, "id")}
    assert len(kept) == 10
    assert not any(code[:5] in digest for code in ann.recovery_codes for digest in kept)


def test_it_outlives_a_change_of_the_desks_secret(ann: Guarded, mail_settings: Settings) -> None:
    newer = SecretStr("a newer secret of the tests, as long as it must be")
    rotated = mail_settings.model_copy(
        update={"jwt_secret": newer, "jwt_secrets_former": (mail_settings.jwt_secret,)}
    )
    member = Member(create_app(rotated))
    assert member.signs_in(secondFactor=ann.recovery_codes[0]).status_code == 200
    assert member.signs_in(secondFactor=ann.code()).status_code == 200
    # The secret is sealed anew by its use: without the former one of the desk it can still be read
    alone = Member(create_app(mail_settings.model_copy(update={"jwt_secret": newer})))
    assert alone.signs_in(secondFactor=ann.code(+1)).status_code == 200
