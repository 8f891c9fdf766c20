"""An operator's night: a message that failed, an asset that is halted, a balance that is put right."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from models import ParkedMessage
from runtime.version import VERSION
from tests.support.browsing import Trader, visitor
from tests.support.operating import engine_of, new_operator
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

WHY = "told to by the risk desk"


@pytest.fixture
def operator(simulated_desk: RunningDesk) -> Trader:
    """Somebody whom `flask users promote` has made an operator."""
    return new_operator(simulated_desk)


def gives_reason(page: Page) -> None:
    """Says why, and has it done."""
    page.get_by_test_id("reason").fill(WHY)
    page.get_by_test_id("reason-submit").click()
    expect(page.get_by_test_id("reason-dialog")).to_have_count(0)


def test_a_message_that_failed_is_read_and_retried_and_succeeds(tmp_path: Path, page: Page) -> None:
    with running_desk(tmp_path, MARKET_FEED="simulated", HISTORY_DAYS="0") as desk:
        database = engine_of(desk)
        operator = new_operator(desk)
        # Given trades that can't be stored for a while, as their table takes none
        with database.begin() as connection:
            connection.execute(
                sa.text("ALTER TABLE trades ADD CONSTRAINT takes_none CHECK (price < 0) NOT VALID")
            )

        def parked() -> int:
            with database.connect() as connection:
                return connection.scalar(sa.select(sa.func.count()).select_from(ParkedMessage)) or 0

        eventually(parked, limit_s=60, every_s=0.5, what="a parked message")
        with database.begin() as connection:
            connection.execute(sa.text("ALTER TABLE trades DROP CONSTRAINT takes_none"))

        # When the operator looks for it, and reads why
        operator.signs_in(page)
        page.get_by_test_id("user-menu").click()
        page.get_by_test_id("operations").click()
        expect(page.get_by_test_id("queue-trades").get_by_test_id("queue-parked")).not_to_have_text("0")
        row = page.get_by_test_id("parked-row").first
        expect(row).to_contain_text("persist_trades")
        row.get_by_test_id("parked-look").click()
        expect(page.get_by_test_id("message-traceback")).to_contain_text("takes_none")
        expect(page.get_by_test_id("message-arguments")).to_contain_text("BTC")
        page.keyboard.press("Escape")

        # And has all that failed so retried
        page.get_by_test_id("retry-all").click()
        gives_reason(page)

        # Then nothing is parked, and it is on record
        expect(page.get_by_test_id("parked-row")).to_have_count(0)
        assert parked() == 0
        page.get_by_role("link", name="Record").click()
        expect(page.get_by_test_id("record-row").first).to_contain_text(WHY)


def test_a_halted_asset_is_refused_in_words_and_can_be_closed(
    trader: Trader, operator: Trader, browser: Browser, page: Page
) -> None:
    # Given a trader with a position in ETH
    trader.opens("ETH")
    trader.signs_in(page)
    page.get_by_test_id("asset-tab-ETH").click()
    expect(page.get_by_test_id("position-row")).to_have_count(1)

    # When an operator halts ETH
    with visitor(browser) as ops:
        operator.signs_in(ops)
        ops.goto(f"{operator.desk.page}/ops/limits")
        ops.get_by_test_id("limits-change-ETH").click()
        ops.get_by_test_id("limits-close-only").click()
        gives_reason(ops)
        expect(ops.get_by_test_id("limits-ETH")).to_contain_text("Close only")

        # Then the trader is refused, and can still close
        page.get_by_test_id("margin-input").fill("50")
        page.get_by_test_id("order-submit").click()
        refused = page.get_by_text(re.compile("takes no new positions in this asset")).first
        expect(refused).to_be_visible()
        page.get_by_test_id("position-close").click()
        page.get_by_test_id("position-close-confirm").click()
        expect(page.get_by_test_id("position-row")).to_have_count(0)

        # And once it is lifted they trade again
        ops.get_by_test_id("limits-change-ETH").click()
        ops.get_by_test_id("limits-close-only").click()
        gives_reason(ops)
        expect(ops.get_by_test_id("limits-ETH")).not_to_contain_text("Close only")
    trader.opens("ETH")


def test_a_balance_is_put_right_and_on_record(
    trader: Trader, operator: Trader, browser: Browser, page: Page
) -> None:
    trader.signs_in(page)
    with visitor(browser) as ops:
        # Given an operator who has found the account
        operator.signs_in(ops)
        ops.goto(f"{operator.desk.page}/ops/accounts")
        ops.get_by_test_id("accounts-words").fill(trader.email)
        expect(ops.get_by_test_id("account-row")).to_have_count(1)
        ops.get_by_test_id("account-open").click()

        # When they take $12.50
        ops.get_by_test_id("account-adjust").click()
        ops.get_by_test_id("adjust-amount").fill("-12.50")
        gives_reason(ops)

        # Then both see it, and who did it and why is there
        expect(ops.get_by_test_id("account-balance")).to_have_text("$4,987.50")
        expect(page.get_by_test_id("balance")).to_have_attribute("data-cents", "498750")
        expect(ops.get_by_test_id("account-event").first).to_contain_text("adjusted")
        record = ops.get_by_test_id("record-row").first
        expect(record).to_contain_text(WHY)
        expect(record).to_contain_text(operator.email)


def test_the_system_is_seen_and_one_kind_of_work_is_paused(operator: Trader, page: Page) -> None:
    # Given an operator who sees every process and server
    operator.signs_in(page)
    page.goto(f"{operator.desk.page}/ops/system")
    expect(page.get_by_test_id("all-well")).to_be_visible()
    expect(page.get_by_test_id("process-worker")).to_contain_text(VERSION)
    expect(page.get_by_test_id("server").filter(has_text="Order state")).to_contain_text("Valkey")
    expect(page.get_by_test_id("journal-lag")).to_contain_text(" s")

    # When they pause the mails
    page.get_by_role("link", name="Queues").click()
    mails = page.get_by_test_id("actor-send_mail")
    mails.get_by_test_id("actor-pause").click()
    gives_reason(page)

    # Then it says so, until they go on
    expect(mails).to_contain_text("paused")
    mails.get_by_test_id("actor-pause").click()
    gives_reason(page)
    expect(mails).not_to_contain_text("paused")
    page.get_by_role("link", name="Record").click()
    expect(page.get_by_test_id("record-row").nth(1)).to_contain_text("actor paused")


def test_to_a_trader_there_is_no_such_page(trader: Trader, page: Page) -> None:
    trader.signs_in(page)
    page.get_by_test_id("user-menu").click()
    expect(page.get_by_test_id("operations")).to_have_count(0)

    page.goto(f"{trader.desk.page}/ops/limits")

    expect(page.get_by_test_id("not-found-home")).to_be_visible()
