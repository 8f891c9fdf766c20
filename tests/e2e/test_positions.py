"""What a trader does with open positions, on a desktop and on a phone; the API says what became of it."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import Trader
from tests.support.running_desk import RunningDesk
from tests.support.waiting import eventually

PRICE_SCALE = 10_000
NONE = "\N{EN DASH}"


def position(trader: Trader, order_id: str) -> dict[str, Any]:
    """The open position as the API has it."""
    found: dict[str, Any] = next(o for o in trader.get("/trade/open")["orders"] if o["orderId"] == order_id)
    return found


def row(page: Page, order_id: str) -> Locator:
    return page.locator(f"[data-testid=position-row][data-order-id='{order_id}']")


def test_a_part_is_closed_and_margin_added(trader: Trader, page: Page) -> None:
    # Given a trader with a position
    order_id = trader.opens(margin=200)
    trader.signs_in(page)
    before = position(trader, order_id)

    # When they close a quarter of it, by the slider
    row(page, order_id).get_by_test_id("position-manage").click()
    page.get_by_test_id("partial-25").click()
    page.get_by_test_id("partial-slider").press("ArrowRight")
    expect(page.get_by_test_id("partial-percentage")).to_have_text("26%")
    page.get_by_test_id("partial-submit").click()
    expect(page.get_by_test_id("manage-position")).to_have_count(0)

    # Then the rest goes on, and the part is in the history
    left = before["margin"] - before["margin"] * 26 // 100
    eventually(lambda: position(trader, order_id)["margin"] == left, what="the partial close")
    expect(row(page, order_id)).to_contain_text(f"${left // 100}.{left % 100:02d}")
    page.get_by_test_id("tab-history").click()
    expect(page.get_by_test_id("history-reason").first).to_have_attribute("data-reason", "partial_close")
    page.get_by_test_id("tab-positions").click()

    # And when they add margin, its liquidation price moves to where the form said
    row(page, order_id).get_by_test_id("position-manage").click()
    page.get_by_test_id("manage-margin").click()
    page.get_by_test_id("add-margin-input").fill("50")
    promised = page.get_by_test_id("add-margin-liquidation").inner_text()
    page.get_by_test_id("add-margin-submit").click()
    eventually(lambda: position(trader, order_id)["addedMargin"] == 5_000, what="the added margin")
    expect(row(page, order_id).get_by_test_id("position-liquidation")).to_contain_text(promised)


def test_triggers_are_set_changed_and_removed_on_the_spot(trader: Trader, page: Page) -> None:
    order_id = trader.opens(leverage=2)
    trader.signs_in(page)
    price = position(trader, order_id)["openPrice"] / PRICE_SCALE

    # When a take profit is set
    take_profit = round(price * 1.2, 2)
    row(page, order_id).get_by_test_id("position-take-profit").click()
    page.get_by_test_id("trigger-price").fill(f"{take_profit:.2f}")
    expect(page.get_by_test_id("trigger-pnl")).to_contain_text("+$")
    page.get_by_test_id("trigger-price").press("Enter")
    expect(row(page, order_id).get_by_test_id("position-take-profit")).to_contain_text(f"{take_profit:,.2f}")
    assert position(trader, order_id)["takeProfit"] == round(take_profit * PRICE_SCALE)

    # And removed
    row(page, order_id).get_by_test_id("position-take-profit").click()
    page.get_by_test_id("trigger-price").fill("")
    page.get_by_test_id("trigger-submit").click()
    expect(row(page, order_id).get_by_test_id("position-take-profit")).to_contain_text(NONE)
    assert position(trader, order_id)["takeProfit"] is None

    # And a trailing stop is set, which tells where it stands
    row(page, order_id).get_by_test_id("position-stop-loss").click()
    page.get_by_test_id("trigger-distance").fill("9000.5")
    page.get_by_test_id("trigger-submit").click()
    expect(row(page, order_id).get_by_test_id("position-trailing-level")).to_be_visible()
    assert position(trader, order_id)["trailingStopLoss"]["trailingDistance"] == 90_005_000

    # And one on the wrong side is refused in words, and nothing is other than it was
    row(page, order_id).get_by_test_id("position-stop-loss").click()
    page.get_by_test_id("trigger-price").fill(f"{price * 2:.2f}")
    page.get_by_test_id("trigger-submit").click()
    expect(page.get_by_text(re.compile("must be below the price"))).to_be_visible()
    page.keyboard.press("Escape")
    assert position(trader, order_id)["stopLoss"] is None


def test_what_another_program_does_shows_without_a_reload(trader: Trader, page: Page) -> None:
    order_id = trader.opens(leverage=2)
    trader.signs_in(page)
    price = position(trader, order_id)["openPrice"] / PRICE_SCALE
    trader.post("/trade/modify", {"orderId": order_id, "stopLoss": round(price / 2, 2)})
    expect(row(page, order_id).get_by_test_id("position-stop-loss")).to_contain_text(
        f"{round(price / 2, 2):,.2f}"
    )
    other_id = trader.opens("SOL", "sell")
    expect(row(page, other_id)).to_have_count(1)
    trader.post("/trade/close", {"orderId": other_id})
    expect(row(page, other_id)).to_have_count(0)


def test_all_are_closed_after_a_look(trader: Trader, page: Page) -> None:
    for asset in ("BTC", "ETH", "SOL"):
        trader.opens(asset)
    trader.signs_in(page)
    expect(page.get_by_test_id("position-row")).to_have_count(3)

    # When all of one asset are closed
    page.get_by_test_id("close-all").click()
    page.get_by_test_id("close-all-ETH").click()
    expect(page.get_by_test_id("close-all-confirm")).to_have_text("Close 1 position")
    page.get_by_test_id("close-all-confirm").click()
    expect(page.get_by_test_id("close-all-outcome")).to_contain_text("1 position closed")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("position-row")).to_have_count(2)

    # And then the rest
    page.get_by_test_id("close-all").click()
    page.get_by_test_id("close-all-confirm").click()
    expect(page.get_by_test_id("close-all-outcome")).to_contain_text("All closed")
    page.keyboard.press("Escape")
    expect(page.get_by_text("No open positions")).to_be_visible()
    assert trader.get("/trade/open")["orders"] == []


def test_a_phone_closes_a_part_and_then_the_rest(
    simulated_desk: RunningDesk, trader: Trader, phone: Page
) -> None:
    order_id = trader.opens("ETH", "sell", margin=150)
    trader.signs_in(phone)
    phone.get_by_test_id("nav-positions").click()
    row(phone, order_id).get_by_test_id("position-manage").tap()
    phone.get_by_test_id("partial-75").tap()
    phone.get_by_test_id("partial-submit").tap()
    eventually(lambda: position(trader, order_id)["margin"] == 15_000 - 11_250, what="the partial close")

    row(phone, order_id).get_by_test_id("position-close").tap()
    phone.get_by_test_id("position-close-confirm").tap()
    expect(phone.get_by_text("No open positions")).to_be_visible()
    assert trader.get("/trade/open")["orders"] == []
