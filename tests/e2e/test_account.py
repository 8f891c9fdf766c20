"""An account's story, in real browsers, with codes from real mails and a real authenticator's arithmetic."""

import json
import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.mail_server import MailServer, mail_server
from tests.support.oidc.host import CLIENT_ID, CLIENT_SECRET, PERSON_HEADER
from tests.support.oidc.openid import OpenIdHost
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

EMAIL = "newcomer@example.com"
PASSWORD = "a long enough password"
STEP_S = 30
STEP_END_S = 3


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def acme() -> Iterator[OpenIdHost]:
    """An OpenID provider."""
    with OpenIdHost() as host:
        yield host


@pytest.fixture(scope="module")
def desk(
    mails: MailServer, acme: OpenIdHost, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningDesk]:
    """A desk that mails its codes, takes the provider's word, and hears of an ended session soon."""
    client = {"label": "Acme", "issuer": acme.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    settings = {
        "MARKET_FEED": "simulated",
        "HISTORY_DAYS": "0",
        "SESSION_TRUST_S": "1",
        "MAIL_URL": mails.url,
        "OAUTH_PROVIDERS": json.dumps({"acme": client}),
    }
    with running_desk(tmp_path_factory.mktemp("desk"), **settings) as desk:
        acme.client.redirect_uris.append(f"{public_page(desk)}/api/v2/auth/acme/callback")
        yield desk


def public_page(desk: RunningDesk) -> str:
    """Where the desk says it is to those who send browsers to it: without PUBLIC_URL, the address itself."""
    return desk.page.replace("localhost", "127.0.0.1")


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """The same person's second device."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def code_in(mails: MailServer, number: int) -> str:
    """The six digits of mail number `number`, counted from one."""
    eventually(lambda: len(mails.mails) >= number)
    body = mails.mails[number - 1].get_body(("plain",))
    assert body is not None
    found = re.search(r"^\s*([0-9]{6})\s*$", body.get_content(), re.MULTILINE)
    assert found, body.get_content()
    return found[1]


def sign_in(page: Page, desk: RunningDesk) -> None:
    page.goto(f"{desk.page}/signin")
    page.get_by_test_id("signin-email").fill(EMAIL)
    page.get_by_test_id("signin-password").fill(PASSWORD)
    page.get_by_test_id("signin-submit").click()


def test_an_account_is_proven_guarded_and_left_everywhere(
    desk: RunningDesk, mails: MailServer, page: Page, other_page: Page
) -> None:
    # Given a newcomer who signs up and enters the code that is mailed
    page.goto(f"{desk.page}/signup")
    page.get_by_test_id("signup-email").fill(EMAIL)
    page.get_by_test_id("signup-password").fill(PASSWORD)
    page.get_by_test_id("signup-submit").click()
    expect(page.get_by_test_id("check-mailbox")).to_be_visible()
    page.get_by_test_id("verify-code").fill(code_in(mails, 1))

    # Then they trade
    expect(page.get_by_test_id("balance")).to_have_text("$5,000.00")
    expect(page.get_by_test_id("verify-banner")).to_have_count(0)
    page.get_by_test_id("margin-input").fill("100")
    page.get_by_test_id("order-submit").click()
    expect(page.get_by_test_id("position-row")).to_have_count(1)

    # When they set up a second factor
    page.get_by_test_id("user-menu").click()
    page.get_by_test_id("account-settings").click()
    page.get_by_role("link", name="Sign-in").click()
    page.get_by_test_id("second-factor-set-up").click()
    page.get_by_test_id("second-factor-owner-password").fill(PASSWORD)
    page.get_by_test_id("second-factor-submit").click()
    secret = page.get_by_test_id("second-factor-secret").inner_text().replace(" ", "")
    expect(page.locator("svg", has_text="QR code")).to_be_visible()
    authenticator = pyotp.TOTP(secret)
    # No code is good twice: the one before is used here, and the present one below. Not at a step's very end
    eventually(lambda: time.time() % STEP_S < STEP_S - STEP_END_S)
    page.get_by_test_id("second-factor-code").fill(authenticator.at(time.time() - STEP_S))
    expect(page.get_by_test_id("recovery-code-row")).to_have_count(10)
    recovery_code = page.get_by_test_id("recovery-code-row").first.inner_text()
    page.get_by_test_id("recovery-done").click()
    expect(page.get_by_test_id("recovery-codes-left")).to_have_text("10 left")

    # And sign out
    page.get_by_test_id("user-menu").click()
    page.get_by_test_id("sign-out").click()
    page.wait_for_url("**/signin")

    # Then the password alone doesn't let them in again, and with the app's code they go on where they were
    page.get_by_test_id("signin-email").fill(EMAIL)
    page.get_by_test_id("signin-password").fill(PASSWORD)
    page.get_by_test_id("signin-submit").click()
    page.get_by_test_id("second-factor-code").fill(authenticator.now())
    expect(page.get_by_test_id("recovery-codes-left")).to_have_text("10 left")

    # And on another device with a recovery code
    sign_in(other_page, desk)
    other_page.get_by_test_id("second-factor-switch").click()
    other_page.get_by_test_id("recovery-code").fill(recovery_code)
    other_page.get_by_test_id("second-factor-submit").click()
    expect(other_page.get_by_test_id("connection-light")).to_have_attribute("data-state", "live")

    # When that device's session is ended here
    page.get_by_role("link", name="Sessions").click()
    expect(page.get_by_test_id("session-row")).to_have_count(2)
    page.get_by_test_id("session-end").click()
    expect(page.get_by_test_id("session-row")).to_have_count(1)

    # Then the other device is signed out, without being touched and after a reload as well
    expect(other_page.get_by_test_id("signin-notice")).to_contain_text("Your session has ended")
    other_page.reload()
    expect(other_page.get_by_test_id("signin-email")).to_be_visible()

    # And all of it is told in the activity
    page.get_by_role("link", name="Activity").click()
    for sentence in ("A session was ended", "A recovery code was used", "second factor was turned on"):
        expect(page.get_by_test_id("event-row").filter(has_text=sentence)).to_have_count(1)

    # When the page is loaded anew the session goes on, and ended everywhere it doesn't
    page.reload()
    expect(page.get_by_test_id("event-row").first).to_be_visible()
    page.get_by_role("link", name="Sessions").click()
    page.get_by_test_id("sign-out-everywhere").click()
    page.get_by_test_id("confirm-submit").click()
    expect(page.get_by_test_id("signin-notice")).to_have_text("You are signed out everywhere.")
    page.reload()
    expect(page.get_by_test_id("signin-email")).to_be_visible()


def test_a_provider_signs_in_and_is_unlinked_only_beside_a_password(
    desk: RunningDesk, acme: OpenIdHost, page: Page
) -> None:
    # Given somebody who signs in through a provider, and back from there trades
    acme.knows("grace", "grace@example.com")
    page.set_extra_http_headers({PERSON_HEADER: "grace"})
    page.goto(public_page(desk))
    page.get_by_role("link", name="Continue with Acme").click()
    expect(page.get_by_test_id("balance")).to_have_text("$5,000.00")
    # The code that was in the address has done its work
    expect(page).to_have_url(f"{public_page(desk)}/")

    # When they want to unlink it, then they are told that it is their only way in
    page.goto(f"{public_page(desk)}/account/security")
    page.get_by_test_id("unlink-acme").click()
    expect(page.get_by_test_id("last-way-in")).to_contain_text("Acme is your only way in")
    page.keyboard.press("Escape")

    # And with a password, which who has just signed in may set, they can
    page.get_by_test_id("change-password").click()
    page.get_by_test_id("password-new").fill(PASSWORD)
    page.get_by_test_id("password-submit").click()
    expect(page.get_by_role("button", name="Change password")).to_be_visible()
    page.get_by_test_id("unlink-acme").click()
    page.get_by_test_id("unlink-owner-password").fill(PASSWORD)
    page.get_by_test_id("unlink-submit").click()

    # And link it again: they come back to the page that they left
    page.get_by_test_id("link-acme").click()
    expect(page.get_by_test_id("unlink-acme")).to_be_visible()
    expect(page).to_have_url(f"{public_page(desk)}/account/security")
    expect(page.get_by_test_id("provider-acme")).to_contain_text("grace@example.com")
