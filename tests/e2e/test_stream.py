"""The stream's story, in a real browser: the connection is cut, something happens, and nothing is lost."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from poller.recording import RecordedTrade, Recording
from tests.e2e.conftest import HOLD_AFTER, replay_settings
from tests.support import rules
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

MARGIN = 10_000
LEVERAGE = 10
START_BALANCE = 500_000
CREDENTIALS = {"email": "away@example.com", "password": "a long enough password"}
FIGURE = re.compile(r"\d m?s")
WHOLE_WAY = re.compile(r"Desk to screen\s*\S*\d m?s")


def test_an_order_that_fires_while_the_connection_is_cut_is_told_once_and_nothing_is_fetched_again(
    recording: Recording, trades: list[RecordedTrade], tmp_path: Path, page: Page
) -> None:
    entry = rules.ask(trades[HOLD_AFTER - 1].price)
    take_profit = rules.take_profit_within(trades, HOLD_AFTER)
    fired = trades[rules.first_touch(trades, HOLD_AFTER, take_profit)]
    pnl = rules.long_pnl(MARGIN * LEVERAGE, entry, rules.bid(fired.price))
    # Prices go on after the end of the recording
    with running_desk(tmp_path, **replay_settings(recording), REPLAY_LOOP="true") as desk:
        desk.wait_for_ask(entry)

        # Given a trader with an open long, on a page that has heard of no order message yet
        token, order_id = opens_long(desk, take_profit)
        sign_in(page, desk)
        expect(page.get_by_test_id("position-row")).to_have_count(1)
        expect(page.get_by_test_id("connection-light")).to_have_attribute("data-state", "live")
        # The only price that has come is an old one: how quick prices are isn't known
        expect(page.get_by_test_id("latency")).to_contain_text("—")

        # When their connection is cut, and the order fires meanwhile
        page.context.set_offline(True)
        desk.wait_until_back("web", desk.kills("web"))
        expect(page.get_by_test_id("connection-light")).to_have_attribute("data-state", "offline")
        desk.lets_go()
        eventually(lambda: has_closed(desk, token), limit_s=60, every_s=0.2, what="the close")
        expect(page.get_by_test_id("position-row")).to_have_count(1)

        # And they are back
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.context.set_offline(False)
        expect(page.get_by_test_id("connection-light")).to_have_attribute("data-state", "live")

        # Then they are told of it, once
        toast = page.locator("[data-sonner-toast]").filter(has_text=re.compile("take profit", re.I))
        expect(toast).to_have_count(1)
        expect(page.get_by_test_id("position-row")).to_have_count(0)
        balance = START_BALANCE - rules.fee(MARGIN) + pnl - rules.fee(MARGIN)
        expect(page.get_by_test_id("balance")).to_have_attribute("data-cents", str(balance))
        page.get_by_test_id("tab-history").click()
        row = page.get_by_test_id("history-row")
        expect(row).to_have_count(1)
        expect(row).to_have_attribute("data-order-id", order_id)
        expect(page.get_by_test_id("history-pnl")).to_have_attribute("data-cents", str(pnl))

        # And by the stream: the account was not fetched
        assert not [url for url in asked if url.endswith(("/trade/open", "/user/balance"))]

        # And how quick prices are appears beside the light, and where their time goes
        expect(page.get_by_test_id("latency")).to_contain_text(FIGURE)
        page.get_by_test_id("connection-light").click()
        expect(page.get_by_test_id("latency-details")).to_contain_text(WHOLE_WAY)


def opens_long(desk: RunningDesk, take_profit: int) -> tuple[str, str]:
    """An account's token, and the id of its order with that take profit."""
    token: str = desk.post("/user/signup", CREDENTIALS)["token"]
    asked = {"asset": "BTC", "type": "buy", "margin": MARGIN / 100, "leverage": LEVERAGE}
    opened = desk.post("/trade/open", asked | {"takeProfit": take_profit / 10_000}, token)
    return token, str(opened["order"]["orderId"])


def sign_in(page: Page, desk: RunningDesk) -> None:
    page.goto(f"{desk.page}/signin")
    page.get_by_test_id("signin-email").fill(CREDENTIALS["email"])
    page.get_by_test_id("signin-password").fill(CREDENTIALS["password"])
    page.get_by_test_id("signin-submit").click()


def has_closed(desk: RunningDesk, token: str) -> bool:
    """Whether the order is gone; the web process may be on its way back."""
    try:
        return not desk.get("/trade/open", token)["orders"]
    except OSError:
        return False
