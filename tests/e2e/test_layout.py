"""The desk as a room: panes, keys, sizes, the palette, and what the next visit finds."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.browsing import DESKTOP, PHONE, WIDE, Trader, visitor


def test_a_trade_from_end_to_end_by_keys_alone(trader: Trader, page: Page) -> None:
    trader.signs_in(page)
    expect(page.get_by_test_id("order-panel")).to_be_visible()

    # When the palette finds ETH, and keys choose the candles and the side
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-input").fill("show eth")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("chart")).to_have_attribute("data-symbol", "ETH")
    page.keyboard.press("3")
    expect(page.get_by_test_id("chart")).to_have_attribute("data-interval", "15m")
    page.keyboard.press("s")
    expect(page.get_by_test_id("margin-input")).to_be_focused()
    page.keyboard.type("75")
    page.keyboard.press("Enter")

    # Then it is open
    expect(page.get_by_test_id("position-row")).to_have_count(1)
    (order,) = trader.get("/trade/open")["orders"]
    assert (order["asset"], order["type"], order["margin"]) == ("ETH", "sell", 7_500)

    # And closed by keys as well
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("x")
    expect(page.get_by_test_id("position-close-confirm")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("position-row")).to_have_count(0)
    assert trader.get("/trade/open")["orders"] == []


def test_panes_are_resized_by_keys_and_stay_so(trader: Trader, page: Page) -> None:
    trader.signs_in(page)
    handle = page.get_by_test_id("resize-workspace")
    before = handle.bounding_box()
    handle.focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    after = handle.bounding_box()
    assert before
    assert after
    assert after["y"] < before["y"] - 20

    # The next visit finds them, the asset and the interval as they were left
    page.get_by_test_id("asset-tab-SOL").click()
    page.get_by_test_id("interval-1h").click()
    page.get_by_test_id("watchlist-toggle").click()
    page.reload()
    expect(page.get_by_test_id("chart")).to_have_attribute("data-symbol", "SOL")
    expect(page.get_by_test_id("chart")).to_have_attribute("data-interval", "1h")
    expect(page.get_by_test_id("watchlist-toggle")).to_have_attribute("aria-expanded", "false")
    again = handle.bounding_box()
    assert again
    assert abs(again["y"] - after["y"]) < 5


def test_the_watchlist_tells_every_market(trader: Trader, page: Page) -> None:
    trader.signs_in(page)
    for symbol in ("BTC", "ETH", "SOL"):
        bid = int(page.get_by_test_id(f"asset-price-{symbol}").get_attribute("data-raw") or 0)
        ask = int(page.get_by_test_id(f"asset-ask-{symbol}").get_attribute("data-raw") or 0)
        assert 0 < bid < ask * 1.01
        expect(page.get_by_test_id(f"asset-spread-{symbol}")).to_contain_text("spread")
    page.get_by_test_id("asset-tab-BTC").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("asset-tab-ETH")).to_be_focused()
    expect(page.get_by_test_id("chart")).to_have_attribute("data-symbol", "ETH")


def test_the_theme_is_remembered(trader: Trader, page: Page) -> None:
    trader.signs_in(page)
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("size", [PHONE, DESKTOP, WIDE], ids=lambda size: str(size["width"]))
def test_nothing_scrolls_sideways(trader: Trader, browser: Browser, size: ViewportSize) -> None:
    with visitor(browser, size) as page:
        trader.signs_in(page)
        expect(page.get_by_test_id("chart").locator("canvas").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_phone_shows_one_panel_at_a_time(trader: Trader, phone: Page) -> None:
    trader.opens()
    trader.signs_in(phone)
    for nav, there in {
        "nav-trade": "order-panel",
        "nav-positions": "positions-table",
        "nav-history": "tab-history",
        "nav-account": "account-panel",
        "nav-chart": "chart",
    }.items():
        phone.get_by_test_id(nav).tap()
        expect(phone.get_by_test_id(there)).to_be_visible()
        expect(phone.get_by_test_id(nav)).to_have_attribute("aria-current", "page")


def test_starting_over_closes_everything_and_gives_the_first_balance(trader: Trader, page: Page) -> None:
    trader.opens()
    trader.signs_in(page)
    page.get_by_test_id("tab-account").click()
    page.get_by_test_id("account-reset").click()
    expect(page.get_by_test_id("reset-dialog")).to_contain_text("Your open position is closed")
    page.get_by_test_id("reset-confirm").click()
    expect(page.get_by_test_id("balance")).to_have_text("$5,000.00")
    assert trader.get("/trade/open")["orders"] == []
