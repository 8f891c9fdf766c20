"""Looking back in a real browser: the history narrowed, saved and explained; figures of performance."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from domain.units import decimal_text
from poller.recording import RecordedTrade
from tests.e2e.conftest import HOLD_AFTER
from tests.support import rules
from tests.support.browsing import DESKTOP, PHONE, Trader, visitor
from tests.support.running_desk import RunningDesk
from tests.support.waiting import eventually

MARGIN = 10_000
LEVERAGE = 10
BOTH = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


def shows(page: Page, tab: str) -> None:
    """Leads to a tab of the ledger, on whatever size."""
    # Only then is it known whether there is a foot to choose from.
    expect(page.get_by_test_id(f"tab-{tab}")).to_be_attached()
    if page.get_by_test_id("nav-history").count():
        page.get_by_test_id("nav-history").click()
    page.get_by_test_id(f"tab-{tab}").click()


def trades(trader: Trader, asset: str, side: str, times: int) -> None:
    """Opens and closes so many positions."""
    for _ in range(times):
        trader.post("/trade/close", {"orderId": trader.opens(asset, side)})


def history(trader: Trader, query: str = "") -> list[dict[str, object]]:
    """The orders that the API lists."""
    orders: list[dict[str, object]] = trader.get(f"/trade/history?limit=1000{query}")["orders"]
    return orders


def row_ids(page: Page) -> list[str | None]:
    """The orders that the page lists."""
    return [row.get_attribute("data-order-id") for row in page.get_by_test_id("history-row").all()]


@BOTH
def test_a_trader_finds_what_they_look_for_and_the_choice_is_kept(
    simulated_desk: RunningDesk, browser: Browser, size: ViewportSize
) -> None:
    # Given somebody who has closed longs in BTC, a short in ETH, and a part of a position
    trader = Trader.new(simulated_desk)
    trades(trader, "BTC", "buy", 2)
    trades(trader, "ETH", "sell", 1)
    whole = trader.opens("SOL", "buy")
    trader.post("/trade/partial-close", {"orderId": whole, "percentage": 40})
    eventually(lambda: len(history(trader)) == 4, what="the history")

    with visitor(browser, size, has_touch=size is PHONE) as page:
        trader.signs_in(page)
        shows(page, "history")
        expect(page.get_by_test_id("history-row")).to_have_count(4)

        # When they narrow it down
        page.get_by_test_id("history-filter-side").select_option("sell")
        # Then only that is listed
        expect(page.get_by_test_id("history-row")).to_have_count(1)
        assert row_ids(page) == [order["orderId"] for order in history(trader, "&type=sell")]

        # When they clear it and ask for what they closed in part
        page.get_by_test_id("history-clear").click()
        expect(page.get_by_test_id("history-row")).to_have_count(4)
        page.get_by_test_id("history-filter-reason").select_option("partial_close")
        expect(page.get_by_test_id("history-row")).to_have_count(1)
        expect(page.get_by_test_id("history-reason")).to_have_attribute("data-reason", "partial_close")

        # Then its receipt says that the rest is still open
        page.get_by_test_id("history-receipt").click()
        expect(page.get_by_test_id("receipt-words")).to_contain_text(
            "A part of the position was closed by you"
        )
        expect(page.get_by_test_id("receipt")).to_contain_text("What is left of it is still open")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("receipt")).to_have_count(0)

        # And after a reload the choice still stands, until nothing matches it
        page.reload()
        shows(page, "history")
        expect(page.get_by_test_id("history-filter-reason")).to_have_value("partial_close")
        page.get_by_test_id("history-filter-asset").select_option("BTC")
        page.get_by_test_id("history-show-all").click()
        expect(page.get_by_test_id("history-row")).to_have_count(4)


@BOTH
def test_older_orders_come_page_by_page_and_the_file_has_all_of_them(
    simulated_desk: RunningDesk, browser: Browser, size: ViewportSize
) -> None:
    # Given more closed orders than a page shows
    trader = Trader.new(simulated_desk)
    trades(trader, "BTC", "buy", 27)
    trades(trader, "ETH", "sell", 2)
    eventually(lambda: len(history(trader)) == 29, what="the history")
    expected = [order["orderId"] for order in history(trader)]

    with visitor(browser, size, accept_downloads=True, has_touch=size is PHONE) as page:
        trader.signs_in(page)
        shows(page, "history")
        expect(page.get_by_test_id("history-row")).to_have_count(25)

        # When they ask for more, all are there, in the API's order
        page.get_by_test_id("history-more").click()
        expect(page.get_by_test_id("history-row")).to_have_count(29)
        expect(page.get_by_test_id("history-more")).to_have_count(0)
        assert row_ids(page) == expected

        # When they save a narrowed list, the file has each of its orders, with the API's figures
        page.get_by_test_id("history-filter-asset").select_option("BTC")
        expect(page.get_by_test_id("history-row")).to_have_count(25)
        with page.expect_download() as download:
            page.get_by_test_id("history-csv").click()
        rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
        listed = history(trader, "&asset=BTC")
        assert [row["orderId"] for row in rows] == [order["orderId"] for order in listed]
        for row, order in zip(rows, listed, strict=True):
            assert (row["pnl"], row["netPnl"]) == (str(order["pnl"]), str(order["netPnl"]))
        expect(page.locator("[data-sonner-toast]").filter(has_text="27 orders saved")).to_be_visible()


def test_the_receipt_of_an_automatic_close_names_the_trade_that_fired_it(
    held_desk: RunningDesk, page: Page, trades: list[RecordedTrade]
) -> None:
    entry = rules.ask(trades[HOLD_AFTER - 1].price)
    take_profit = rules.take_profit_within(trades, HOLD_AFTER)
    fired = trades[rules.first_touch(trades, HOLD_AFTER, take_profit)]
    held_desk.wait_for_ask(entry)

    # Given a long with a take profit, which the market reaches
    trader = Trader.new(held_desk)
    trader.opens(margin=MARGIN // 100, leverage=LEVERAGE, takeProfit=decimal_text(take_profit, 4))
    trader.signs_in(page)
    held_desk.lets_go()
    shows(page, "history")

    # When they open its receipt
    page.get_by_test_id("history-receipt").first.click()

    # Then it says in words which trade fired it, at what price, and what it was filled at
    words = page.get_by_test_id("receipt-words")
    expect(words).to_contain_text(f"Take profit at {take_profit / 10_000:,.4f}")
    expect(words).to_contain_text(f"fired by Binance trade {fired.trade_id} at {fired.price / 10_000:,.4f}")
    expect(page.get_by_test_id("receipt")).to_contain_text(
        f"Filled at the bid of that trade, {rules.bid(fired.price) / 10_000:,.4f}"
    )
    # And what is left after both fees
    pnl = rules.long_pnl(MARGIN * LEVERAGE, entry, rules.bid(fired.price))
    net = pnl - 2 * rules.fee(MARGIN)
    expect(page.get_by_test_id("receipt-net")).to_have_attribute("data-cents", str(net))

    # And the figures of performance are those of this one trade
    page.keyboard.press("Escape")
    shows(page, "performance")
    expect(page.get_by_test_id("figure-net").locator("[data-cents]")).to_have_attribute(
        "data-cents", str(net)
    )
    expect(page.get_by_test_id("performance-equity-point").locator("[data-cents]")).to_have_attribute(
        "data-cents", str(500_000 + net)
    )


@BOTH
def test_performance_tells_the_figures_of_the_api(
    simulated_desk: RunningDesk, browser: Browser, size: ViewportSize
) -> None:
    trader = Trader.new(simulated_desk)
    with visitor(browser, size, has_touch=size is PHONE) as page:
        # Given a newcomer, who is told what will stand here
        trader.signs_in(page)
        shows(page, "performance")
        expect(page.get_by_test_id("performance-empty")).to_contain_text("begin with the first close")

        # When they have traded two assets, and hold a third
        trader.opens("SOL")
        trades(trader, "BTC", "buy", 3)
        trades(trader, "ETH", "sell", 2)
        eventually(lambda: trader.get("/trade/performance")["total"]["trades"] == 5, what="the figures")
        told = trader.get("/trade/performance")

        # Then the figures appear by themselves, and are the API's
        expect(page.get_by_test_id("figure-trades")).to_contain_text("5")
        for name, cents in (
            ("net", told["total"]["net"]),
            ("drawdown", told["maxDrawdown"]),
            ("fees", told["feesPaid"]),
        ):
            figure = page.get_by_test_id(f"figure-{name}").locator("[data-cents]")
            expect(figure).to_have_attribute("data-cents", str(cents))
        expect(page.get_by_test_id("figure-win-rate").locator("[data-bps]")).to_have_attribute(
            "data-bps", str(told["total"]["winRateBps"])
        )
        assert told["total"]["net"] == sum(int(str(order["netPnl"])) for order in history(trader))
        expect(page.get_by_test_id("performance-equity")).to_have_attribute(
            "data-points", str(len(told["equity"]))
        )
        expect(page.get_by_test_id("performance-asset-row")).to_have_count(2)

        # When they come back later, the news of each close is gone, and look at one asset alone
        page.reload()
        shows(page, "performance")
        page.get_by_test_id("performance-asset-ETH").click()
        expect(page.get_by_test_id("performance-asset-row")).to_have_count(1)
        expect(page.get_by_test_id("figure-trades")).to_contain_text("2")

        # Then walking along the curve by keys tells each point
        curve = page.get_by_role("slider", name=re.compile("over time"))
        curve.focus()
        curve.press("Home")
        expect(curve).to_have_attribute("aria-valuetext", re.compile(r"^\$0\.00 since"))
        page.get_by_test_id("performance-equity").get_by_text("As a table").click()
        rows = page.get_by_test_id("performance-equity").locator("tbody tr")
        eth = trader.get("/trade/performance?asset=ETH")
        expect(rows).to_have_count(len(eth["equity"]))
