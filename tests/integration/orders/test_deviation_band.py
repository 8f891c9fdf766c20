"""A price that jumps past the asset's band fills and fires nothing until further trades confirm it."""

from collections.abc import Callable

import pytest
import redis

from domain.orders import CloseReason
from orders.client import OrderDesk, Trigger
from orders.codes import Code, Refused
from orders.ticks import TickResult
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import (
    Market,
    Trader,
    closings,
    make_order,
    make_tick,
    position_of,
    request,
    state_of,
)

PRICE = 100_000_000
# The band is 5 %, and two further trades confirm.
INSIDE, OUTSIDE = 105_000_000, 105_000_001


@pytest.fixture
def desk(make_desk: MakeDesk) -> OrderDesk:
    """The market stands at PRICE; the spread is one unit."""
    desk = make_desk(spread_bps=0, price_deviation_bps=500, price_confirmations=2)
    Market(desk).trades_at(PRICE)
    return desk


def trades(desk: OrderDesk, price: int, **terms: object) -> TickResult:
    """One trade, whatever becomes of it."""
    return desk.apply_tick(make_tick("BTC", price, **terms))  # type: ignore[arg-type]


def test_a_trade_on_the_edge_of_the_band_is_believed(desk: OrderDesk) -> None:
    assert trades(desk, INSIDE).accepted
    assert trades(desk, INSIDE * 95 // 100).accepted


@pytest.mark.parametrize("price", [OUTSIDE, PRICE * 95 // 100 - 1, 1_000, 2 * PRICE, 100_000_000_000])
def test_a_jump_changes_nothing_at_first(desk: OrderDesk, order_state: redis.Redis, price: int) -> None:
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 100)
    trader.sells(10_000, 100)
    before, quotes = state_of(order_state), desk.quotes()

    results = [trades(desk, price), trades(desk, price)]

    assert [result.refusal for result in results] == [Code.PRICE_UNCONFIRMED] * 2
    assert state_of(order_state) == before
    assert desk.quotes() == quotes


def test_a_jump_is_believed_at_the_trade_that_confirms_it(desk: OrderDesk, order_state: redis.Redis) -> None:
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 100)

    # Each within the band of the one before it, not of the first.
    results = [trades(desk, price) for price in (80_000_000, 77_000_000, 74_000_000)]

    assert [result.accepted for result in results] == [False, False, True]
    assert results[2].fired == 1
    [closing] = closings(order_state, trader.user_id)
    assert (closing.reason, closing.close_price) == (CloseReason.LIQUIDATION, 73_999_999)
    assert trades(desk, 74_000_001).accepted


def test_a_trade_near_the_price_ends_the_doubt(desk: OrderDesk) -> None:
    trades(desk, 80_000_000)
    trades(desk, 80_000_000)
    assert trades(desk, PRICE + 1).accepted

    # What was said before doesn't count any more.
    assert [trades(desk, 80_000_000).accepted for _ in range(3)] == [False, False, True]


def test_a_jump_elsewhere_starts_anew(desk: OrderDesk) -> None:
    prices = [80_000_000, 80_000_000, 120_000_000, 80_000_000, 80_000_000, 80_000_000]

    assert [trades(desk, price).accepted for price in prices] == [False] * 5 + [True]


def test_one_trade_given_again_confirms_nothing(desk: OrderDesk) -> None:
    assert trades(desk, 80_000_000, trade_id=10**9).refusal is Code.PRICE_UNCONFIRMED

    repeated = [trades(desk, 80_000_000, trade_id=10**9).refusal for _ in range(3)]

    assert repeated == [Code.TRADE_ID_NOT_ABOVE] * 3
    assert not trades(desk, 80_000_000, trade_id=10**9 + 1).accepted


def test_a_wrong_trade_with_an_id_from_far_ahead_stops_nobody(desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    assert not trades(desk, 1_000, trade_id=2**53 - 1).accepted

    # A jump that is real needs no more trades than ever; and one near the price ends the doubt.
    confirmed = [trades(desk, 80_000_000, trade_id=10**9 + number).accepted for number in range(3)]
    assert confirmed == [False, False, True]
    trades(desk, 1_000, trade_id=2**53 - 1)
    assert trades(desk, 80_000_001, trade_id=10**9 + 3).accepted
    trader.buys(10_000, 10)


def test_another_source_does_not_confirm_it(desk: OrderDesk) -> None:
    trades(desk, 80_000_000, source="binance")
    trades(desk, 80_000_000, source="binance")

    assert trades(desk, 80_000_000, source="simulated").refusal is Code.PRICE_UNCONFIRMED


NEED_A_PRICE: dict[str, Callable[[Trader, str], object]] = {
    "open": lambda trader, _: trader.buys(10_000, 10),
    "preview": lambda trader, _: trader.desk.preview(trader.user_id, make_order()),
    "close": lambda trader, order: trader.desk.close(trader.user_id, request(), order),
    "partial close": lambda trader, order: trader.desk.partial_close(
        trader.user_id, request(), order, percentage=50, part_id="part"
    ),
    "set a stop loss": lambda trader, order: trader.desk.modify(
        trader.user_id, request(), order, stop_loss=PRICE // 2
    ),
    "set a trailing stop": lambda trader, order: trader.desk.modify(
        trader.user_id, request(), order, trailing_distance=500
    ),
    "reset": lambda trader, _: trader.desk.reset(trader.user_id, request(), 1),
}


@pytest.mark.parametrize("command", NEED_A_PRICE)
def test_meanwhile_nothing_is_filled(desk: OrderDesk, order_state: redis.Redis, command: str) -> None:
    trader = Trader.with_balance(desk)
    order_id = position_of(trader.buys(10_000, 10)).order_id
    trades(desk, 80_000_000)
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        NEED_A_PRICE[command](trader, order_id)

    assert refused.value.code is Code.PRICE_UNCONFIRMED
    assert state_of(order_state) == before
    trades(desk, PRICE)
    NEED_A_PRICE[command](trader, order_id)


def test_meanwhile_what_needs_no_price_goes_on(desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    order_id = position_of(trader.buys(10_000, 10, stop_loss=PRICE // 2)).order_id
    trades(desk, 80_000_000)

    desk.deposit(trader.user_id, request(), 1)
    desk.add_margin(trader.user_id, request(), order_id, 1_000)
    desk.modify(trader.user_id, request(), order_id, stop_loss=Trigger.REMOVE)
    [failed] = desk.close_all(trader.user_id, request()).failed
    assert failed == (order_id, Code.PRICE_UNCONFIRMED)


def test_other_assets_do_not_wait(desk: OrderDesk) -> None:
    Market(desk, "ETH").trades_at("2500")
    trades(desk, 80_000_000)

    opened = Trader.with_balance(desk).buys(10_000, 10, asset="ETH")

    assert position_of(opened).asset == "ETH"


def test_a_band_of_nothing_believes_everything(make_desk: MakeDesk) -> None:
    desk = make_desk(price_deviation_bps=0)

    assert [trades(desk, price).accepted for price in (PRICE, 5_000, 100_000_000_000)] == [True] * 3


def test_bands_are_the_assets_own(make_desk: MakeDesk) -> None:
    overrides = {"ETH": {"deviation_bps": 2_000, "confirmations": 1}}
    desk = make_desk(instrument_overrides=overrides)
    ethereum = [desk.apply_tick(make_tick("ETH", price)).accepted for price in (1_000, 1_200, 2_000, 2_000)]

    assert ethereum == [True, True, False, True]
    assert [trades(desk, price).accepted for price in (1_000, 1_200)] == [True, False]


def test_after_a_restart_the_first_trade_is_measured_too(make_desk: MakeDesk, desk: OrderDesk) -> None:
    Trader.with_balance(desk).buys(10_000, 100)

    # Loaded anew, the library knows no price; but where the market was when something was opened.
    again = make_desk(spread_bps=0, price_deviation_bps=500, price_confirmations=2)

    assert again.quotes() == {}
    results = [trades(again, 80_000_000) for _ in range(3)]
    assert [(result.accepted, result.fired) for result in results] == [(False, 0), (False, 0), (True, 1)]
