"""The chart, as a trader uses it: looking back, indicators, and triggers moved by their lines."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.support.browsing import Trader
from tests.support.waiting import eventually

# Above every candle, and clear of the edge at which one pulls at prices out of sight.
ABOVE_CANDLES_PX = 34
# Below every candle, above the time scale.
BELOW_CANDLES_PX = 70
DRAGS_BACK = 12
STEPS = 6


def handle(page: Page, kind: str) -> Locator:
    """The label on a trigger's line."""
    return page.locator(f"[data-testid=line-handle][data-kind={kind}]")


def raw_of(locator: Locator) -> int:
    """The price that a label tells."""
    return int(locator.get_attribute("data-raw") or "0")


def box_of(locator: Locator) -> FloatRect:
    """Where something is on the page."""
    box = locator.bounding_box()
    assert box is not None
    return box


def middle_of(locator: Locator) -> tuple[float, float]:
    """A point to take hold of."""
    box = box_of(locator)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def takes_hold(page: Page, locator: Locator, y: float) -> None:
    """Presses the mouse on something and moves it to a height, without letting go."""
    x, start = middle_of(locator)
    page.mouse.move(x, start)
    page.mouse.down()
    page.mouse.move(x, (start + y) / 2, steps=STEPS)
    page.mouse.move(x, y, steps=STEPS)


def above_candles(page: Page) -> float:
    """A height at which prices are above the market."""
    return box_of(page.get_by_test_id("chart"))["y"] + ABOVE_CANDLES_PX


def below_candles(page: Page) -> float:
    """A height at which prices are below the market."""
    box = box_of(page.get_by_test_id("chart"))
    return box["y"] + box["height"] - BELOW_CANDLES_PX


def shows_candles(page: Page) -> None:
    """Waits for the chart to have some."""
    expect(page.get_by_test_id("chart")).to_have_attribute("data-oldest", re.compile(r"\d"))


def is_open_with(trader: Trader, field: str) -> Any:
    """What the server has of the only open position."""
    (order,) = trader.get("/trade/open")["orders"]
    return order[field]


def opens_with_a_stop(trader: Trader) -> int:
    """A long whose stop loss is three percent away; the stop's price."""
    quote = trader.desk.quote("BTC")
    assert quote is not None
    trader.opens(stopLoss=round(quote["sellPrice"] * 0.97, 2))
    stop = is_open_with(trader, "stopLoss")
    assert isinstance(stop, int)
    return stop


def has_minutes_before_the_first_page(trader: Trader) -> bool:
    """Whether the desk has fetched what was before its first start."""
    count: int = trader.get("/asset/candles?asset=BTC&ts=1m&limit=1000")["meta"]["count"]
    return count == 1000


def test_older_candles_come_as_one_scrolls_back(trader: Trader, page: Page) -> None:
    # Given a chart of the newest minutes, of many
    eventually(lambda: has_minutes_before_the_first_page(trader), what="a day of minutes")
    trader.signs_in(page)
    shows_candles(page)
    chart = page.get_by_test_id("chart")
    oldest = int(chart.get_attribute("data-oldest") or "0")

    # When the trader drags it to the right, again and again
    box = box_of(chart)
    y = box["y"] + box["height"] / 3
    for _ in range(DRAGS_BACK):
        page.mouse.move(box["x"] + 40, y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 120, y, steps=STEPS)
        page.mouse.up()

    # Then minutes from before those are there
    page.wait_for_function(
        "oldest => Number(document.querySelector('[data-testid=chart]').dataset.oldest) < oldest", arg=oldest
    )

    # And one button leads back to now
    page.get_by_test_id("chart-now").click()
    expect(page.get_by_test_id("chart-now")).to_have_count(0)


def test_indicators_are_chosen_drawn_read_and_remembered(trader: Trader, page: Page) -> None:
    # Given a chart with the averages that it comes with
    trader.signs_in(page)
    shows_candles(page)
    chart = page.get_by_test_id("chart")
    expect(chart).to_have_attribute("data-indicators", "sma-20 ema-50")

    # When the trader asks for others
    page.get_by_test_id("indicators-menu").click()
    page.get_by_test_id("show-sma").uncheck()
    page.get_by_test_id("ema-periods").fill("9, 21")
    page.get_by_test_id("show-rsi").check()
    page.get_by_test_id("rsi-period").fill("7")
    page.get_by_test_id("show-macd").check()

    # Then they are drawn, and their values can be read
    drawn = "ema-9 ema-21 rsi-7 macd-12-26-9"
    expect(chart).to_have_attribute("data-indicators", drawn)
    expect(page.locator("[data-indicator=ema-9] dd")).to_have_text(re.compile(r"^[\d,]+\.\d\d$"))
    expect(page.locator("[data-indicator=rsi-7] dd")).to_have_text(re.compile(r"^\d+\.\d$"))

    # And what can't be a period is refused in words, and changes nothing
    page.get_by_test_id("ema-periods").fill("9, x")
    expect(page.get_by_role("alert")).to_contain_text("periods from 2 to 500")
    expect(chart).to_have_attribute("data-indicators", drawn)

    # And after a reload they are there again
    page.reload()
    shows_candles(page)
    expect(chart).to_have_attribute("data-indicators", drawn)


def test_the_trader_drags_a_stop_loss_and_sees_what_it_would_cost(trader: Trader, page: Page) -> None:
    # Given a long with a stop loss
    before = opens_with_a_stop(trader)
    trader.signs_in(page)
    shows_candles(page)
    stop = handle(page, "stopLoss")
    expect(stop).to_have_attribute("data-raw", str(before))

    # When the trader drags its line
    takes_hold(page, stop, below_candles(page))

    # Then the label says what closing there would make
    expect(stop).to_have_attribute("data-state", "moving")
    expect(page.get_by_test_id("line-pnl")).to_have_text(re.compile(r"^-\$\d+\.\d\d$"))
    expect(page.get_by_test_id("line-distance")).to_contain_text("away")
    expect(page.get_by_test_id("line-remark")).to_have_attribute("data-refused", "false")
    aimed = raw_of(stop)
    assert aimed != before

    # And letting go amends the order
    page.mouse.up()
    expect(stop).to_have_attribute("data-state", "resting")
    expect(stop).to_have_attribute("data-raw", str(aimed))
    assert is_open_with(trader, "stopLoss") == aimed


def test_a_stop_loss_on_the_wrong_side_is_refused_in_words_and_goes_back(trader: Trader, page: Page) -> None:
    # Given a long with a stop loss
    before = opens_with_a_stop(trader)
    trader.signs_in(page)
    shows_candles(page)
    stop = handle(page, "stopLoss")
    expect(stop).to_have_attribute("data-raw", str(before))

    # When it is dragged above the market
    takes_hold(page, stop, above_candles(page))

    # Then the chart says at once why it can't stand there
    expect(page.get_by_test_id("line-remark")).to_contain_text("must be below the bid")

    # And let go it returns, and nothing was sent
    page.mouse.up()
    expect(page.locator("[data-sonner-toast]").filter(has_text="Not changed")).to_be_visible()
    expect(stop).to_have_attribute("data-raw", str(before))
    assert is_open_with(trader, "stopLoss") == before


def test_escape_lets_a_dragged_line_go_back(trader: Trader, page: Page) -> None:
    # Given a stop loss that is being dragged
    before = opens_with_a_stop(trader)
    trader.signs_in(page)
    shows_candles(page)
    stop = handle(page, "stopLoss")
    takes_hold(page, stop, below_candles(page))
    expect(stop).to_have_attribute("data-state", "moving")

    # When Escape is pressed before it is let go
    page.keyboard.press("Escape")
    page.mouse.up()

    # Then all is as before
    expect(stop).to_have_attribute("data-state", "resting")
    expect(stop).to_have_attribute("data-raw", str(before))
    assert is_open_with(trader, "stopLoss") == before


def test_what_the_server_refuses_goes_back_too(trader: Trader, page: Page) -> None:
    # Given a server that refuses the change
    before = opens_with_a_stop(trader)
    refusal = {"error": "The price has moved past it.", "code": "stop_loss_wrong_side"}
    page.route("**/trade/modify", lambda route: route.fulfill(status=400, body=json.dumps(refusal)))
    trader.signs_in(page)
    shows_candles(page)

    # When the trader drags the line and lets go
    stop = handle(page, "stopLoss")
    takes_hold(page, stop, below_candles(page))
    page.mouse.up()

    # Then it says why, and the line is where it was
    expect(page.locator("[data-sonner-toast]").filter(has_text="The price has moved past it")).to_be_visible()
    expect(stop).to_have_attribute("data-state", "resting")
    expect(stop).to_have_attribute("data-raw", str(before))


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_take_profit_is_pulled_out_of_the_entry(trader: Trader, page: Page, side: str) -> None:
    # Given a position without triggers
    trader.opens(side=side)
    trader.signs_in(page)
    shows_candles(page)

    # When the trader pulls one out of its entry, to where it would win
    takes_hold(
        page,
        page.get_by_test_id("pull-take-profit"),
        above_candles(page) if side == "buy" else below_candles(page),
    )
    take = handle(page, "takeProfit")
    expect(page.get_by_test_id("line-pnl")).to_have_text(re.compile(r"^\+\$"))
    aimed = raw_of(take)
    page.mouse.up()

    # Then the order has it, and there is none left to pull out
    expect(take).to_have_attribute("data-state", "resting")
    assert is_open_with(trader, "takeProfit") == aimed
    expect(page.get_by_test_id("pull-take-profit")).to_have_count(0)
    expect(page.get_by_test_id("pull-stop-loss")).to_have_count(1)


def test_a_trigger_is_moved_with_the_keyboard_alone(trader: Trader, page: Page) -> None:
    # Given a long with a stop loss
    before = opens_with_a_stop(trader)
    trader.signs_in(page)
    shows_candles(page)
    stop = handle(page, "stopLoss")
    expect(stop).to_have_attribute("data-raw", str(before))

    # When it is moved and given up
    stop.focus()
    page.keyboard.press("ArrowDown")
    expect(stop).to_have_attribute("data-state", "moving")
    page.keyboard.press("Escape")
    expect(stop).to_have_attribute("data-raw", str(before))

    # And moved again, and sent
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowDown")
    aimed = raw_of(stop)
    assert aimed < before
    expect(stop).to_have_attribute("aria-valuetext", re.compile(r", -\$"))
    page.keyboard.press("Enter")

    # Then the order has it
    expect(stop).to_have_attribute("data-state", "resting")
    expect(stop).to_have_attribute("data-raw", str(aimed))
    assert is_open_with(trader, "stopLoss") == aimed


def test_a_trailing_stop_is_dragged_to_another_distance(trader: Trader, page: Page) -> None:
    # Given a long with a trailing stop
    trader.opens(trailingStopLoss={"enabled": True, "trailingDistance": 3000})
    before = is_open_with(trader, "trailingStopLoss")["trailingDistance"]
    trader.signs_in(page)
    shows_candles(page)

    # When its line is dragged
    trail = handle(page, "trailingStop")
    takes_hold(page, trail, below_candles(page))
    expect(trail).to_have_attribute("data-state", "moving")
    page.mouse.up()

    # Then it follows at the distance it then had
    expect(trail).to_have_attribute("data-state", "resting")
    assert is_open_with(trader, "trailingStopLoss")["trailingDistance"] != before


def test_the_chart_marks_where_positions_were_opened_and_closed(trader: Trader, page: Page) -> None:
    # Given a position that was opened and closed before, and one that is open
    trader.post("/trade/close", {"orderId": trader.opens()})
    trader.opens(side="sell")
    trader.signs_in(page)
    shows_candles(page)

    # Then the chart has three marks, and a fourth as soon as the other is closed
    chart = page.get_by_test_id("chart")
    expect(chart).to_have_attribute("data-trades", "3")
    trader.post("/trade/close-all", {})
    expect(chart).to_have_attribute("data-trades", "4")

    # And reading the day's candle tells them in words
    page.get_by_test_id("interval-1d").click()
    expect(chart).to_have_attribute("data-interval", "1d")
    expect(chart).to_have_attribute("data-trades", "4")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("chart-trades")).to_contain_text("Opened")

    # And they can be switched off
    page.get_by_test_id("indicators-menu").click()
    page.get_by_test_id("show-layer-trades").uncheck()
    expect(chart).to_have_attribute("data-trades", "0")


def test_the_chart_takes_the_whole_page_and_gives_it_back(trader: Trader, page: Page) -> None:
    # Given the desk
    trader.signs_in(page)
    before = box_of(page.get_by_test_id("chart"))["width"]

    # When the trader wants the chart alone
    page.get_by_test_id("chart-maximise").click()

    # Then it has the page, and what it covers can't be reached
    expect(page.get_by_test_id("chart-maximise")).to_have_attribute("aria-pressed", "true")
    assert box_of(page.get_by_test_id("chart"))["width"] > before
    expect(page.locator("[inert] [data-testid=order-submit]")).to_have_count(1)

    # And Escape brings the desk back
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("chart-maximise")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[inert]")).to_have_count(0)


def test_on_the_phone_a_finger_drags_the_stop_loss(trader: Trader, phone: Page) -> None:
    # Given a long with a stop loss, on a phone
    before = opens_with_a_stop(trader)
    trader.signs_in(phone)
    shows_candles(phone)
    stop = handle(phone, "stopLoss")
    expect(stop).to_have_attribute("data-raw", str(before))

    # When a finger takes its label and moves it
    x, y = middle_of(stop)
    goal = below_candles(phone)
    finger = phone.context.new_cdp_session(phone)

    def touches(kind: str, *at: float) -> None:
        points = [{"x": x, "y": height} for height in at]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touches("touchStart", y)
    for step in range(1, STEPS + 1):
        touches("touchMove", y + (goal - y) * step / STEPS)

    # Then the label says what closing there would make, and letting go amends the order
    expect(stop).to_have_attribute("data-state", "moving")
    expect(phone.get_by_test_id("line-pnl")).to_have_text(re.compile(r"^-\$"))
    aimed = raw_of(stop)
    assert aimed != before
    touches("touchEnd")
    expect(stop).to_have_attribute("data-state", "resting")
    assert is_open_with(trader, "stopLoss") == aimed


def test_on_the_phone_a_tap_sets_a_stop_loss(trader: Trader, phone: Page) -> None:
    # Given a long without triggers
    trader.opens()
    trader.signs_in(phone)
    shows_candles(phone)

    # When its stop loss is tapped, and set where it is suggested
    phone.get_by_test_id("pull-stop-loss").tap()
    stop = handle(phone, "stopLoss")
    expect(stop).to_have_attribute("data-state", "moving")
    suggested = raw_of(stop)
    phone.get_by_test_id("line-set").tap()

    # Then the order has it
    expect(stop).to_have_attribute("data-state", "resting")
    assert is_open_with(trader, "stopLoss") == suggested
