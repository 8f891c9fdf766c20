"""Signing up on a desk that sends mail: an account is its mailbox's, whoever made it."""

from functools import partial

from flask import Flask
from pydantic import SecretStr

from app import create_app
from runtime.settings import Settings
from tests.support.api import PASSWORD, Api, body_of, order_body, problem_of
from tests.support.members import Member
from tests.support.post import Post, code_in, text_of
from tests.support.threads import together

ATTACKERS = "the attacker's own password"


def test_a_new_account_is_proven_by_the_mailed_code(mail_app: Flask, post: Post) -> None:
    ann = Member(mail_app)
    answer = ann.signs_up_by_mail()
    assert answer.status_code == 201
    assert body_of(answer) | {"message": ""} == {
        "message": "",
        "userId": None,
        "email": "ann@example.com",
        "token": None,
        "needsVerification": True,
    }
    # Until then one may look, and not trade
    assert body_of(ann.signs_in())["needsVerification"] is True
    assert problem_of(ann.post("/trade/open", order_body())) == (403, "email_not_verified")
    [mail] = post.deliver()
    assert mail["To"] == "ann@example.com"
    assert ann.verifies(code_in(mail)).status_code == 200
    # The same session may trade from then on: no price is there yet, and that is all
    assert problem_of(ann.post("/trade/open", order_body()))[1] == "price_unknown"
    assert body_of(ann.get("/user/me"))["verified"] is True
    assert body_of(ann.get("/user/balance"))["balance"]["cents"] == 500_000
    assert ann.event_kinds() == ["email_verified", "signed_in", "signed_up"]
    # A code works once
    assert problem_of(ann.verifies(code_in(mail))) == (401, "wrong_code")


def test_a_taken_address_is_answered_as_a_new_one_and_its_owner_told(mail_app: Flask, post: Post) -> None:
    ann = Member(mail_app).joins(post)
    first = Member(mail_app, "new@example.com").signs_up_by_mail()
    for password in (PASSWORD, ATTACKERS):
        second = Member(mail_app).signs_up_by_mail(password)
        assert second.status_code == first.status_code
        assert body_of(second) | {"email": ""} == body_of(first) | {"email": ""}
        mail = post.deliver()[-1]
        assert mail["Subject"] == "You have an account already - cfdesk"
        assert "ann@example.com" in text_of(mail)
    # Nothing has changed
    assert ann.get("/user/me").status_code == 200
    assert problem_of(Member(mail_app).signs_in(ATTACKERS)) == (401, "wrong_credentials")


def test_signing_up_once_more_with_the_same_password_sends_another_code(mail_app: Flask, post: Post) -> None:
    ann = Member(mail_app)
    ann.signs_up_by_mail()
    old = post.code_to(ann.email)
    ann.signs_up_by_mail()
    new = post.code_to(ann.email)
    if old != new:
        assert problem_of(ann.verifies(old)) == (401, "wrong_code")
    assert body_of(ann.verifies(new)) == {"message": "Your e-mail is verified"}
    assert ann.signs_in().status_code == 200


def test_a_contested_account_is_whose_mailbox_it_is_and_neither_password_is_good(
    mail_app: Flask, post: Post
) -> None:
    # Given an attacker who signed up first, and is in
    attacker = Member(mail_app)
    attacker.signs_up_by_mail(ATTACKERS)
    attacker.signs_in(ATTACKERS)
    secret = body_of(attacker.post("/user/second-factor", {"password": ATTACKERS}))["secret"]
    assert secret
    refreshed = attacker.post("/user/refresh")
    assert refreshed.status_code == 200
    post.deliver()
    # When the owner signs up, and the attacker once more, so that the newest code is his
    owner = Member(mail_app)
    owner.signs_up_by_mail()
    attacker.signs_up_by_mail(ATTACKERS)
    assert "with another password" in text_of(post.deliver()[-1])
    answer = owner.verifies(code_in(post.server.mails[-1]))
    # Then nothing of the attacker's lets in any more
    assert "set one with a password reset" in body_of(answer)["message"]
    assert problem_of(attacker.get("/user/me"))[0] == 401
    assert problem_of(attacker.post("/user/refresh"))[0] == 401
    for password in (ATTACKERS, PASSWORD):
        assert problem_of(owner.signs_in(password)) == (401, "wrong_credentials")
    # And the owner sets a password by mail
    owner.post("/user/password-reset", {"email": owner.email})
    code = post.code_to(owner.email)
    body = {"email": owner.email, "code": code, "password": PASSWORD}
    assert owner.post("/user/password-reset/confirm", body).status_code == 200
    assert owner.signs_in().status_code == 200
    assert body_of(owner.get("/user/me"))["secondFactor"]["enabled"] is False
    assert "claimed" in owner.event_kinds()


def test_an_account_that_was_never_proven_is_claimed_by_a_reset(mail_app: Flask, post: Post) -> None:
    attacker = Member(mail_app)
    attacker.signs_up_by_mail(ATTACKERS)
    attacker.signs_in(ATTACKERS)
    owner = Member(mail_app)
    owner.post("/user/password-reset", {"email": owner.email})
    body = {"email": owner.email, "code": post.code_to(owner.email), "password": PASSWORD}
    assert owner.post("/user/password-reset/confirm", body).status_code == 200
    assert problem_of(attacker.get("/user/me"))[0] == 401
    assert problem_of(attacker.post("/user/refresh"))[0] == 401
    assert problem_of(attacker.signs_in(ATTACKERS)) == (401, "wrong_credentials")
    assert body_of(owner.signs_in())["needsVerification"] is False
    assert {"claimed", "email_verified", "password_reset"} <= set(owner.event_kinds())


def test_two_clicks_at_once_are_one_account_that_nobody_contests(mail_app: Flask, post: Post) -> None:
    members = [Member(mail_app) for _ in range(8)]
    statuses: list[int] = []

    def click(member: Member) -> None:
        statuses.append(member.signs_up_by_mail().status_code)

    together([partial(click, member) for member in members])
    assert statuses == [201] * 8
    assert body_of(members[0].verifies(post.code_to("ann@example.com"))) == {
        "message": "Your e-mail is verified"
    }
    assert members[0].signs_in().status_code == 200


def test_without_mail_one_is_signed_in_at_once_and_codes_are_off(app: Flask) -> None:
    ann = Member(app)
    assert body_of(ann.signs_up_by_mail())["needsVerification"] is False
    assert problem_of(ann.signs_up_by_mail()) == (409, "email_taken")
    for path in ("/user/resend-code", "/user/password-reset"):
        assert problem_of(ann.post(path, {"email": ann.email})) == (409, "mail_off")


def test_in_production_without_mail_nobody_trades(settings: Settings, api: Api) -> None:
    production = settings.model_copy(
        update={"environment": "production", "mail_url": SecretStr(""), "market_feed": "simulated"}
    )
    ann = Member(create_app(production))
    answer = body_of(ann.signs_up_by_mail())
    assert answer["needsVerification"] is True
    ann.token = answer["token"]
    assert problem_of(ann.post("/trade/open", order_body())) == (403, "email_not_verified")
