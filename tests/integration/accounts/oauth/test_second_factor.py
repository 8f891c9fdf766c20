"""A second factor is asked for whichever way somebody comes in, and the owner is told of new ways."""

import pyotp
import pytest
from flask import Flask

from tests.support.api import PASSWORD, body_of, problem_of
from tests.support.oidc.browser import Browser
from tests.support.oidc.openid import OpenIdHost


@pytest.fixture
def alice(app: Flask, google: OpenIdHost) -> Browser:
    """Somebody who has linked a provider, and a second factor since."""
    google.knows("alice", "alice@example.com")
    browser = Browser(app, "alice")
    browser.signs_up()
    assert browser.links("google") == {"linked": "google"}
    return browser


@pytest.fixture
def recovery_codes(alice: Browser) -> list[str]:
    """The codes that stand in for alice's authenticator."""
    secret = body_of(alice.post("/user/second-factor", {"password": PASSWORD}))["secret"]
    answer = alice.post("/user/second-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 200, answer.text
    codes: list[str] = body_of(answer)["recoveryCodes"]
    return codes


def test_the_code_stays_good_while_the_second_factor_is_looked_for(
    app: Flask, alice: Browser, recovery_codes: list[str]
) -> None:
    elsewhere = Browser(app, "alice")
    code = elsewhere.signs_in_through("google")["code"]

    assert problem_of(elsewhere.exchanges(code)) == (401, "second_factor_required")
    assert problem_of(elsewhere.exchanges(code, "00000-00000")) == (401, "wrong_second_factor")
    answer = elsewhere.exchanges(code, recovery_codes[0])
    assert answer.status_code == 200
    assert body_of(answer)["userId"] == alice.user_id
    assert problem_of(elsewhere.exchanges(code, recovery_codes[1])) == (401, "sign_in_expired")


def test_only_the_browser_that_came_is_asked_for_it(
    app: Flask, alice: Browser, recovery_codes: list[str]
) -> None:
    elsewhere, thief = Browser(app, "alice"), Browser(app, "alice")
    code = elsewhere.signs_in_through("google")["code"]
    elsewhere.exchanges(code)

    assert problem_of(thief.exchanges(code, recovery_codes[0])) == (401, "sign_in_expired")


def test_tries_are_counted_over_all_ways(app: Flask, alice: Browser, recovery_codes: list[str]) -> None:
    elsewhere = Browser(app, "alice")
    for _ in range(5):
        elsewhere.exchanges(elsewhere.signs_in_through("google")["code"], "00000-00000")

    answer = elsewhere.exchanges(elsewhere.signs_in_through("google")["code"], recovery_codes[0])

    assert problem_of(answer) == (429, "too_many_tries")


def test_who_claims_an_account_is_not_asked_for_the_attackers_second_factor(
    app: Flask, google: OpenIdHost
) -> None:
    attacker = Browser(app)
    attacker.signs_up("owner@example.com")
    secret = body_of(attacker.post("/user/second-factor", {"password": PASSWORD}))["secret"]
    confirmed = attacker.post("/user/second-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    assert confirmed.status_code == 200
    google.knows("owner", "owner@example.com")

    owner = Browser(app, "owner").is_in("google")

    assert owner.user_id == attacker.user_id
    me = body_of(owner.get("/user/me"))
    assert me["secondFactor"] == {"enabled": False, "recoveryCodesLeft": 0}
