"""The newcomer's story, in a real browser, on real Binance trades."""

import re

from playwright.sync_api import Page, expect

from domain.units import decimal_text
from poller.recording import RecordedTrade
from tests.e2e.conftest import HOLD_AFTER
from tests.support import rules
from tests.support.running_desk import RunningDesk

MARGIN = 10_000
LEVERAGE = 10
START_BALANCE = 500_000
CREDENTIALS = {"email": "newcomer@example.com", "password": "a long enough password"}


def usd_text(cents: int) -> str:
    """Cents as the page writes money: $4,899.50."""
    return f"${cents // 100:,}.{cents % 100:02d}"


def test_a_newcomer_signs_up_opens_a_long_and_sees_it_close_by_itself(
    held_desk: RunningDesk, page: Page, trades: list[RecordedTrade]
) -> None:
    entry = rules.ask(trades[HOLD_AFTER - 1].price)
    take_profit = rules.take_profit_within(trades, HOLD_AFTER)
    fired = trades[rules.first_touch(trades, HOLD_AFTER, take_profit)]
    held_desk.wait_for_ask(entry)

    # Given a newcomer who signs up and sees the market
    page.goto(held_desk.page)
    page.wait_for_url("**/signin")
    page.get_by_role("link", name=re.compile("sign up|create", re.I)).first.click()
    page.get_by_test_id("signup-email").fill(CREDENTIALS["email"])
    page.get_by_test_id("signup-password").fill(CREDENTIALS["password"])
    page.get_by_test_id("signup-submit").click()
    expect(page.get_by_test_id("balance")).to_have_text(usd_text(START_BALANCE))
    expect(page.get_by_test_id("feed-badge")).to_contain_text("REPLAYED PRICES")
    expect(page.get_by_test_id("connection-light")).to_have_attribute("data-state", "live")
    expect(page.get_by_test_id("price-ask")).to_have_attribute("data-raw", str(entry))
    expect(page.get_by_test_id("chart").locator("canvas").first).to_be_visible()

    # When they open a 10x long with a take profit
    page.get_by_test_id("buy-tab").click()
    page.get_by_test_id("margin-input").fill(decimal_text(MARGIN, 2))
    page.get_by_test_id(f"leverage-{LEVERAGE}").click()
    page.get_by_test_id("take-profit-input").fill(decimal_text(take_profit, 4))
    expect(page.get_by_test_id("estimate-fee")).to_contain_text("$0.50")
    page.get_by_test_id("order-submit").click()
    expect(page.get_by_test_id("position-row")).to_have_count(1)
    after_opening = START_BALANCE - MARGIN - rules.fee(MARGIN)
    expect(page.get_by_test_id("balance")).to_have_text(usd_text(after_opening))
    worth = MARGIN + rules.long_pnl(MARGIN * LEVERAGE, entry, rules.bid(trades[HOLD_AFTER - 1].price))
    level = (after_opening + worth) * 100 // MARGIN
    expect(page.get_by_test_id("margin-level")).to_have_text(f"{level:,}%")
    order_id = page.get_by_test_id("position-row").get_attribute("data-order-id")

    # Then it closes by itself, on exactly the first trade that reaches the take profit
    held_desk.lets_go()
    page.get_by_test_id("tab-history").click()
    row = page.get_by_test_id("history-row").first
    expect(row).to_have_attribute("data-order-id", str(order_id))
    toast = page.locator("[data-sonner-toast]").filter(has_text=re.compile("take profit", re.I))
    expect(toast.first).to_be_visible()
    expect(page.get_by_test_id("position-row")).to_have_count(0)

    pnl = rules.long_pnl(MARGIN * LEVERAGE, entry, rules.bid(fired.price))
    balance = after_opening + MARGIN + pnl - rules.fee(MARGIN)
    expect(page.get_by_test_id("history-pnl").first).to_have_attribute("data-cents", str(pnl))
    expect(toast.first).to_contain_text(usd_text(pnl).removeprefix("$"))
    expect(page.get_by_test_id("history-reason").first).to_have_text(re.compile("take profit", re.I))
    expect(page.get_by_test_id("balance")).to_have_text(usd_text(balance))
    expect(page.get_by_test_id("margin-level")).to_have_count(0)

    token = held_desk.post("/user/signin", CREDENTIALS)["token"]
    (closed,) = held_desk.get("/trade/history", token)["orders"]
    assert closed["orderId"] == order_id
    assert closed["openPrice"] == entry
    assert closed["closePrice"] == rules.bid(fired.price)
    assert closed["closeReason"] == "take_profit"
    assert closed["pnl"] == pnl
    assert closed["receipt"] == {
        "tradeId": fired.trade_id,
        "price": fired.price,
        "bid": rules.bid(fired.price),
        "ask": rules.ask(fired.price),
        "time": fired.time_ms,
        "trigger": take_profit,
    }
    assert held_desk.get("/user/balance", token)["balance"]["cents"] == balance

    # And after a reload it is all still there
    page.reload()
    page.get_by_test_id("tab-history").click()
    expect(page.get_by_test_id("balance")).to_have_text(usd_text(balance))
    expect(page.get_by_test_id("history-row")).to_have_count(1)

    # And programs find the API's page, which loads nothing from elsewhere
    page.goto(f"{held_desk.page}/api/v2/docs")
    expect(page.locator("[data-path='/api/v2/trade/close-all']")).to_be_visible()
    page.locator("[data-path='/api/v2/trade/close-all']").click()
