"""A picture of each page, in both themes and sizes. With SCREENS=docs/screens they are those of the docs."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsing import DESKTOP, PHONE, WIDE, Trader, visitor
from tests.support.first_start import wait_for_chart
from tests.support.operating import new_operator, one_parked
from tests.support.running_desk import RunningDesk

SIZES = {"desktop": DESKTOP, "phone": PHONE}
THEMES = ("dark", "light")
HISTORY_LIMIT_S = 90.0
# What cells hold more than they show; what is pressed may reach a little beyond its words.
CUT_OFF = """
(cells) => cells
  .filter((one) => [...one.querySelectorAll('*')].some((part) => !part.closest('.sr-only')
    && part.getBoundingClientRect().right > one.getBoundingClientRect().right + 8))
  .map((one) => one.textContent)
"""
TITLE = "# The page in pictures\n\nMade by `SCREENS=docs/screens pytest tests/e2e/test_screens.py`.\n"


def press(*test_ids: str) -> Callable[[Page], None]:
    """Presses one thing after the other."""

    def pressing(page: Page) -> None:
        for test_id in test_ids:
            page.get_by_test_id(test_id).first.click()

    return pressing


# What a trader sees at "/": its name, how to get there on a desktop and on a phone, and what is there then.
DESK: dict[str, tuple[Callable[[Page], None], Callable[[Page], None], str]] = {
    "desk": (press("tab-positions"), press("nav-chart"), "chart"),
    "ticket": (press("unit-money"), press("nav-trade"), "order-panel"),
    "positions": (press("tab-positions"), press("nav-positions", "tab-positions"), "positions-table"),
    "history": (press("tab-history"), press("nav-history"), "history-table"),
    "receipt": (press("history-receipt"), press("history-receipt"), "receipt"),
    "performance": (press("tab-performance"), press("tab-performance"), "performance-panel"),
    "account": (press("tab-account"), press("tab-account"), "account-panel"),
    "palette": (press("palette-open"), press("palette-open"), "palette"),
}
SETTINGS = {
    "settings-profile": ("/account", "profile-email"),
    "settings-sign-in": ("/account/security", "change-password"),
    "settings-sessions": ("/account/sessions", "session-row"),
    "settings-keys": ("/account/keys", "api-key-new"),
    "settings-activity": ("/account/activity", "event-row"),
}
# What an operator sees: the page, what is pressed there, and what is there then.
OPERATIONS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "operations-queues": ("/ops", (), "parked-row"),
    "operations-system": ("/ops/system", (), "process-web"),
    "operations-risk": ("/ops/risk", (), "heat-table"),
    "operations-limits": ("/ops/limits", (), "limits-BTC"),
    "operations-changing-limits": ("/ops/limits", ("limits-change-BTC",), "reason-dialog"),
    "operations-accounts": ("/ops/accounts", (), "account-row"),
    "operations-account": ("/ops/accounts", ("account-open",), "account-event"),
    "operations-record": ("/ops/record", (), "record"),
}
SIGNED_OUT = {
    "sign-in": ("/signin", "signin-submit"),
    "sign-up": ("/signup", "signup-submit"),
    "forgot-password": ("/forgot-password", "forgot-submit"),
    "reset-password": ("/reset-password", "reset-submit"),
    "not-found": ("/nowhere", "not-found-home"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go."""
    asked = os.environ.get("SCREENS")
    folder = Path(asked) if asked else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def veteran(simulated_desk: RunningDesk) -> Trader:
    """A trader with positions, triggers and a history, on a desk whose chart has one too."""
    wait_for_chart(simulated_desk, days=1, limit_s=HISTORY_LIMIT_S)
    trader = Trader.new(simulated_desk)
    for asset, side in (("SOL", "buy"), ("ETH", "sell"), ("BTC", "buy"), ("SOL", "sell")):
        order_id = trader.opens(asset, side, margin=60)
        trader.post("/trade/close", {"orderId": order_id})
    for asset, side, margin in (("SOL", "buy", 180), ("ETH", "sell", 220), ("BTC", "buy", 350)):
        order_id = trader.opens(asset, side, margin=margin)
        (order,) = (one for one in trader.get("/trade/open")["orders"] if one["orderId"] == order_id)
        price, sign = order["openPrice"] / 10_000, 1 if side == "buy" else -1
        triggers = {"takeProfit": round(price * (1 + sign * 0.02), 2)}
        if asset == "BTC":
            trailing = {"enabled": True, "trailingDistance": round(price * 0.02, 2)}
            trader.post("/trade/modify", {"orderId": order_id, "trailingStopLoss": trailing} | triggers)
        else:
            triggers["stopLoss"] = round(price * (1 - sign * 0.02), 2)
            trader.post("/trade/modify", {"orderId": order_id} | triggers)
    return trader


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_page_has_its_picture(
    simulated_desk: RunningDesk, veteran: Trader, browser: Browser, folder: Path, size: str, theme: str
) -> None:
    with visitor(browser, SIZES[size], reduced_motion="reduce") as page:
        page.goto(f"{simulated_desk.page}/nowhere")
        page.evaluate("(theme) => localStorage.setItem('cfdesk.theme', theme)", theme)
        for name, (path, there) in SIGNED_OUT.items():
            page.goto(simulated_desk.page + path)
            expect(page.get_by_test_id(there)).to_be_visible()
            take(page, folder, name, size, theme)

        veteran.signs_in(page)
        expect(page.get_by_test_id("chart").locator("canvas").first).to_be_visible()
        for name, (on_desktop, on_phone, there) in DESK.items():
            (on_phone if size == "phone" else on_desktop)(page)
            expect(page.get_by_test_id(there).first).to_be_visible()
            cells = page.get_by_test_id(there).first.locator("td:visible")
            assert cells.evaluate_all(CUT_OFF) == [], name
            take(page, folder, name, size, theme)
            page.keyboard.press("Escape")
        for name, (path, there) in SETTINGS.items():
            page.goto(simulated_desk.page + path)
            expect(page.get_by_test_id(there).first).to_be_visible()
            take(page, folder, name, size, theme)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_operators_has_its_picture(
    simulated_desk: RunningDesk, veteran: Trader, browser: Browser, folder: Path, size: str, theme: str
) -> None:
    with visitor(browser, SIZES[size], reduced_motion="reduce") as page, one_parked(simulated_desk):
        page.goto(f"{simulated_desk.page}/nowhere")
        page.evaluate("(theme) => localStorage.setItem('cfdesk.theme', theme)", theme)
        operator = new_operator(simulated_desk)
        operator.adjusts_own_balance(12_50, "a fee that was taken twice, as promised by mail")
        operator.signs_in(page)
        for name, (path, pressed, there) in OPERATIONS.items():
            page.goto(simulated_desk.page + path)
            press(*pressed)(page)
            expect(page.get_by_test_id(there).first).to_be_visible()
            cells = page.locator("main td:visible")
            assert cells.evaluate_all(CUT_OFF) == [], name
            take(page, folder, name, size, theme)


def test_a_very_wide_desk_has_its_picture(veteran: Trader, browser: Browser, folder: Path) -> None:
    with visitor(browser, WIDE, reduced_motion="reduce") as page:
        veteran.signs_in(page)
        expect(page.get_by_test_id("chart").locator("canvas").first).to_be_visible()
        take(page, folder, "desk", "4k", "dark")


def test_the_gallery_shows_every_picture(folder: Path) -> None:
    pictures = sorted(picture.name for picture in folder.glob("*.png"))
    names = sorted({picture.rpartition("-")[0].rpartition("-")[0] for picture in pictures})
    sections = [
        f"## {name.replace('-', ' ').capitalize()}\n\n"
        + "\n".join(f"![{one[:-4]}]({one})" for one in pictures if one.startswith(f"{name}-"))
        for name in names
    ]
    (folder / "README.md").write_text(TITLE + "\n" + "\n\n".join(sections) + "\n")

    assert names == sorted({*DESK, *SETTINGS, *SIGNED_OUT, *OPERATIONS})


def take(page: Page, folder: Path, name: str, size: str, theme: str) -> None:
    """The page as it stands, once nothing on it is still on its way."""
    expect(page.locator("[aria-label^='Loading']:visible")).to_have_count(0)
    expect(page.locator("[data-sonner-toast]")).to_have_count(0)
    page.screenshot(path=folder / f"{name}-{size}-{theme}.png")
