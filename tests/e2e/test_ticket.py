"""The order ticket in use, at a price that stands still: what is promised is what is opened."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from poller.recording import RecordedTrade, Recording
from tests.e2e.conftest import HOLD_AFTER, replay_settings
from tests.support import rules
from tests.support.browsing import Trader
from tests.support.running_desk import RunningDesk, running_desk

PRICE_SCALE = 10_000


@pytest.fixture(scope="module")
def still_desk(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk on a replay that holds: its price stands still."""
    with running_desk(tmp_path_factory.mktemp("desk"), **replay_settings(recording)) as desk:
        yield desk


@pytest.fixture
def entry(still_desk: RunningDesk, trades: list[RecordedTrade]) -> RecordedTrade:
    """The trade that the price stands at."""
    trade = trades[HOLD_AFTER - 1]
    still_desk.wait_for_ask(rules.ask(trade.price))
    return trade


def raw(page: Page, test_id: str) -> int:
    """An amount or price as the page holds it."""
    return int(page.get_by_test_id(test_id).get_attribute("data-raw") or "-1")


def test_triggers_by_money_and_what_the_server_promised_are_what_is_opened(
    still_desk: RunningDesk, entry: RecordedTrade, page: Page
) -> None:
    trader = Trader.new(still_desk)
    trader.signs_in(page)

    # When a long is put together with its triggers in money, and the server has been asked
    page.get_by_test_id("margin-input").fill("100")
    page.get_by_test_id("leverage-20").click()
    page.get_by_test_id("unit-money").click()
    page.get_by_test_id("take-profit-input").fill("15")
    page.get_by_test_id("stop-loss-input").fill("20")
    page.get_by_test_id("trailing-stop-input").fill("30")
    expect(page.get_by_test_id("estimate")).to_have_attribute("data-source", "server")
    promised = {name: raw(page, f"estimate-{name}") for name in ("fee", "liquidation", "balance")}
    take_profit, stop_loss = raw(page, "take-profit-elsewise"), raw(page, "stop-loss-elsewise")
    page.get_by_test_id("order-submit").click()
    expect(page.get_by_test_id("position-row")).to_have_count(1)

    # Then it is opened as promised, and its triggers win and lose what was asked
    (order,) = trader.get("/trade/open")["orders"]
    ask = rules.ask(entry.price)
    assert order["openPrice"] == ask
    assert (order["takeProfit"], order["stopLoss"]) == (take_profit, stop_loss)
    assert rules.long_pnl(200_000, ask, take_profit) == 1_500
    assert -2_000 <= rules.long_pnl(200_000, ask, stop_loss) <= -1_999
    assert order["trailingStopLoss"]["trailingDistance"] == 3_000 * ask // 200_000
    assert order["liquidationPrice"] == promised["liquidation"]
    balance = trader.get("/user/balance")["balance"]["cents"]
    assert balance == promised["balance"] == 500_000 - 10_000 - promised["fee"]


def test_what_stands_in_the_way_is_said_in_words(
    still_desk: RunningDesk, entry: RecordedTrade, page: Page
) -> None:
    trader = Trader.new(still_desk)
    trader.signs_in(page)
    page.get_by_test_id("margin-input").fill("5000")
    page.get_by_test_id("order-submit").click()
    expect(
        page.get_by_text("Margin and fee come to $5,025.00, and the balance is $5,000.00.")
    ).to_be_visible()
    expect(page.get_by_test_id("margin-input")).to_be_focused()
    page.get_by_test_id("margin-input").fill("50")
    page.get_by_test_id("sell-tab").click()
    page.get_by_test_id("stop-loss-input").fill("100")
    page.get_by_test_id("order-submit").click()
    stop_loss = page.get_by_test_id("stop-loss-input")
    expect(stop_loss).to_have_attribute("aria-invalid", "true")
    expect(stop_loss).to_be_focused()
    assert trader.get("/trade/open")["orders"] == []


def test_one_click_opens_and_closes_at_once(
    still_desk: RunningDesk, entry: RecordedTrade, page: Page
) -> None:
    trader = Trader.new(still_desk)
    trader.signs_in(page)
    page.get_by_test_id("one-click").click()
    page.get_by_test_id("one-click-confirm").click()
    page.get_by_test_id("margin-input").fill("25")
    page.get_by_test_id("sell-tab").dblclick()
    expect(page.get_by_test_id("position-row")).to_have_count(1)
    (order,) = trader.get("/trade/open")["orders"]
    assert (order["type"], order["margin"]) == ("sell", 2_500)
    page.get_by_test_id("position-close").click()
    expect(page.get_by_test_id("position-row")).to_have_count(0)


def test_a_phone_sells_short(still_desk: RunningDesk, entry: RecordedTrade, phone: Page) -> None:
    trader = Trader.new(still_desk)
    trader.signs_in(phone)
    phone.get_by_test_id("nav-trade").tap()
    phone.get_by_test_id("sell-tab").tap()
    phone.get_by_test_id("margin-25").tap()
    phone.get_by_test_id("unit-distance").tap()
    phone.get_by_test_id("take-profit-input").fill("250")
    phone.get_by_test_id("order-submit").tap()
    phone.get_by_test_id("nav-positions").tap()
    expect(phone.get_by_test_id("position-row")).to_have_count(1)
    (order,) = trader.get("/trade/open")["orders"]
    assert order["type"] == "sell"
    assert order["takeProfit"] == rules.bid(entry.price) - 250 * PRICE_SCALE
