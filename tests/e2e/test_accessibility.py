"""No page, tab or dialog breaks a rule that axe knows, in either theme, on a desktop or a phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsing import DESKTOP, PHONE, Trader, visitor
from tests.support.operating import new_operator, one_parked
from tests.support.running_desk import RunningDesk

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"desktop": DESKTOP, "phone": PHONE}


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    # What fades in has no contrast yet.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")
    options = {"runOnly": TAGS, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def assert_none(found: dict[str, list[str]]) -> None:
    """Fails with a line for each violation, and where it was."""
    said = [f"{where}: {line}" for where, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


def show(*test_ids: str) -> Callable[[Page], None]:
    """Presses one thing after the other."""

    def press(page: Page) -> None:
        for test_id in test_ids:
            page.get_by_test_id(test_id).first.click()

    return press


# What the trading page shows: how to get there, and what is there then. Tabs by what both sizes have.
DESK: dict[str, tuple[Callable[[Page], None], str]] = {
    "positions": (show("tab-positions"), "positions-table"),
    "history": (show("tab-history"), "history-table"),
    "receipt": (show("tab-history", "history-receipt"), "receipt"),
    "performance": (show("tab-performance"), "performance-panel"),
    "account": (show("tab-account"), "account-panel"),
    "start over": (show("tab-account", "account-reset"), "reset-dialog"),
    "closing": (show("tab-positions", "position-close"), "position-close-confirm"),
    "a trigger": (show("tab-positions", "position-stop-loss"), "trigger-form"),
    "a part": (show("tab-positions", "position-manage"), "manage-position"),
    "close all": (show("tab-positions", "close-all"), "close-all-dialog"),
    "palette": (show("palette-open"), "palette"),
    "price ages": (show("connection-light"), "latency-details"),
    "the menu": (show("user-menu"), "account-settings"),
}
# Below a desktop's width, the ledger is behind the foot of the page.
LEDGER = {
    *("positions", "history", "receipt", "performance", "account", "start over"),
    *("closing", "a trigger", "a part", "close all"),
}
SIGNED_IN = {
    "/account": "profile-email",
    "/account/security": "change-password",
    "/account/sessions": "session-row",
    "/account/keys": "api-key-new",
    "/account/activity": "event-row",
    "/verify-email": None,
}
# What an operator sees: the page, what is pressed there, and what is there then.
OPERATIONS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "queues": ("/ops", (), "parked-row"),
    "message": ("/ops", ("parked-look",), "message-traceback"),
    "retrying all": ("/ops", ("retry-all",), "reason-dialog"),
    "pausing": ("/ops", ("actor-pause",), "reason-dialog"),
    "system": ("/ops/system", (), "process-web"),
    "risk": ("/ops/risk", (), "heat-table"),
    "limits": ("/ops/limits", (), "limits-BTC"),
    "changing limits": ("/ops/limits", ("limits-change-BTC",), "reason-dialog"),
    "accounts": ("/ops/accounts", (), "account-row"),
    "an account": ("/ops/accounts", ("account-open",), "account-event"),
    "adjusting": ("/ops/accounts", ("account-open", "account-adjust"), "adjust-amount"),
    "record": ("/ops/record", (), "record"),
}
SIGNED_OUT = {
    "/signin": "signin-submit",
    "/signup": "signup-submit",
    "/forgot-password": "forgot-submit",
    "/reset-password": "reset-submit",
    "/nowhere": "not-found-home",
}


@pytest.fixture(scope="module")
def veteran(simulated_desk: RunningDesk) -> Trader:
    """A trader who has something of everything."""
    trader = Trader.new(simulated_desk)
    trader.opens("BTC", trailingStopLoss={"enabled": True, "trailingDistance": 900})
    trader.opens("ETH", "sell", margin=120)
    trader.post("/trade/close", {"orderId": trader.opens("SOL")})
    return trader


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_who_is_not_signed_in(
    simulated_desk: RunningDesk, browser: Browser, size: str, theme: str
) -> None:
    with visitor(browser, SIZES[size]) as page:
        in_theme(page, simulated_desk, theme)
        found: dict[str, list[str]] = {}
        for path, there in SIGNED_OUT.items():
            page.goto(simulated_desk.page + path)
            expect(page.get_by_test_id(there)).to_be_visible()
            found[path] = violations(page)

        assert_none(found)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_and_dialog_of_a_trader(
    simulated_desk: RunningDesk, veteran: Trader, browser: Browser, size: str, theme: str
) -> None:
    with visitor(browser, SIZES[size]) as page:
        in_theme(page, simulated_desk, theme)
        veteran.signs_in(page)
        found: dict[str, list[str]] = {"the desk": violations(page)}
        for name, (press, there) in DESK.items():
            if size == "phone":
                show("nav-positions" if name in LEDGER else "nav-trade")(page)
            press(page)
            expect(page.get_by_test_id(there).first).to_be_visible()
            found[name] = violations(page)
            page.keyboard.press("Escape")
        for path, shown in SIGNED_IN.items():
            page.goto(simulated_desk.page + path)
            if shown is not None:
                expect(page.get_by_test_id(shown).first).to_be_visible()
            found[path] = violations(page)

        assert_none(found)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_and_dialog_of_an_operator(
    simulated_desk: RunningDesk, veteran: Trader, browser: Browser, size: str, theme: str
) -> None:
    with visitor(browser, SIZES[size]) as page, one_parked(simulated_desk):
        in_theme(page, simulated_desk, theme)
        new_operator(simulated_desk).signs_in(page)
        found: dict[str, list[str]] = {}
        for name, (path, pressed, there) in OPERATIONS.items():
            page.goto(simulated_desk.page + path)
            show(*pressed)(page)
            expect(page.get_by_test_id(there).first).to_be_visible()
            found[name] = violations(page)

        assert_none(found)


def in_theme(page: Page, desk: RunningDesk, theme: str) -> None:
    """The theme as one chooses it, before the first page of the desk."""
    page.goto(f"{desk.page}/nowhere")
    page.evaluate("(theme) => localStorage.setItem('cfdesk.theme', theme)", theme)
