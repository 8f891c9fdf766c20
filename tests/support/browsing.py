"""Traders in a browser: who they are, how they come in, and what a page must never do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.support.running_desk import RunningDesk

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 3840, "height": 2160}
PASSWORD = "a long enough password"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# What the browser says when it refuses something.
_POLICY = "Content Security Policy"
_numbers = count(1)


@dataclass(frozen=True)
class Trader:
    """Somebody with an account on a desk, and what they can do there without a browser."""

    desk: RunningDesk
    email: str
    token: str

    @classmethod
    def new(cls, desk: RunningDesk) -> Self:
        """Somebody new on this desk."""
        email = f"trader-{next(_numbers)}@example.com"
        token: str = desk.post("/user/signup", {"email": email, "password": PASSWORD})["token"]
        return cls(desk, email, token)

    def opens(self, asset: str = "BTC", side: str = "buy", *, margin: float = 100, **terms: Any) -> str:
        """Opens a position through the API, at 10x unless told otherwise; its id."""
        asked = {"asset": asset, "type": side, "margin": margin, "leverage": 10} | terms
        return str(self.post("/trade/open", asked)["order"]["orderId"])

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that answers a POST of theirs."""
        return self.desk.post(path, body, self.token)

    def get(self, path: str) -> Any:
        """The JSON of a path as they see it."""
        return self.desk.get(path, self.token)

    def signs_in(self, page: Page) -> None:
        """Signs in through the form, and waits for the desk to be live."""
        page.goto(f"{self.desk.page}/signin")
        page.get_by_test_id("signin-email").fill(self.email)
        page.get_by_test_id("signin-password").fill(PASSWORD)
        page.get_by_test_id("signin-submit").click()
        expect(page.get_by_test_id("connection-light")).to_have_attribute("data-state", "live")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, viewport: ViewportSize = DESKTOP, **options: Any) -> Iterator[Page]:
    """A new visitor's page; an error of its own, or what its security policy forbids, fails the test."""
    context = browser.new_context(viewport=viewport, **options)
    page = context.new_page()
    page.set_default_timeout(15_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if _POLICY in said.text else None)
    yield page
    context.close()
    assert not problems, problems
