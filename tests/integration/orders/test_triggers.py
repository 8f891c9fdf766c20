"""Triggers fire on the first tick that touches them, at that tick's price, and not one unit before."""

from dataclasses import dataclass

import pytest
import redis

from domain.orders import CloseReason, Position, Receipt, Side
from domain.units import PRICE_RAW_MAX
from orders.client import OrderDesk
from orders.codes import Code
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import Market, Trader, closings, make_tick, position_of, request

# The trade that positions open at; with a spread of one unit the ask is one above, the bid one below.
ENTRY = 645_000_000


@dataclass(frozen=True)
class Trigger:
    """A trigger, the last closing price that leaves it alone, and one far beyond it."""

    side: Side
    name: str
    price: int
    untouched: int
    beyond: int


TRIGGERS = [
    Trigger(Side.LONG, "take_profit", ENTRY + 5_000, ENTRY + 4_999, ENTRY + 9_000),
    Trigger(Side.LONG, "stop_loss", ENTRY - 5_000, ENTRY - 4_999, ENTRY - 9_000),
    Trigger(Side.SHORT, "take_profit", ENTRY - 5_000, ENTRY - 4_999, ENTRY - 9_000),
    Trigger(Side.SHORT, "stop_loss", ENTRY + 5_000, ENTRY + 4_999, ENTRY + 9_000),
]
each_trigger = pytest.mark.parametrize(
    "trigger", TRIGGERS, ids=[f"{trigger.name} of a {trigger.side}" for trigger in TRIGGERS]
)
each_side = pytest.mark.parametrize("side", list(Side))


@pytest.fixture
def narrow(make_desk: MakeDesk) -> OrderDesk:
    """A desk whose bid and ask lie one unit from the trade, so that every price can be reached."""
    desk = make_desk(spread_bps=0)
    Market(desk).trades_at(ENTRY)
    return desk


@each_trigger
def test_a_trigger_leaves_the_position_alone_one_unit_before(narrow: OrderDesk, trigger: Trigger) -> None:
    trader = Trader.with_balance(narrow)
    trader.opens(trigger.side, 10_000, 10, **{trigger.name: trigger.price})

    result = Market(narrow).closes_at(trigger.side, trigger.untouched)

    assert result.fired == 0
    assert len(trader.positions) == 1


@each_trigger
def test_a_trigger_fires_on_the_tick_that_touches_it_exactly(
    narrow: OrderDesk, order_state: redis.Redis, trigger: Trigger
) -> None:
    trader = Trader.with_balance(narrow)
    trader.opens(trigger.side, 10_000, 10, **{trigger.name: trigger.price})
    Market(narrow).closes_at(trigger.side, trigger.untouched)

    result = Market(narrow).closes_at(trigger.side, trigger.price)

    [closing] = closings(order_state, trader.user_id)
    assert result.fired == 1
    assert trader.positions == ()
    assert closing.reason == CloseReason(trigger.name)
    assert closing.close_price == trigger.price
    assert trader.balance == 500_000 - 10_050 + closing.credit


@each_trigger
def test_a_gap_fills_at_the_price_of_the_tick_and_not_at_the_trigger(
    narrow: OrderDesk, order_state: redis.Redis, trigger: Trigger
) -> None:
    trader = Trader.with_balance(narrow)
    trader.opens(trigger.side, 10_000, 10, **{trigger.name: trigger.price})

    Market(narrow).closes_at(trigger.side, trigger.beyond, trade_id=10**9, time_ms=1_700_000_000_123)

    [closing] = closings(order_state, trader.user_id)
    bid = trigger.beyond if trigger.side is Side.LONG else trigger.beyond - 2
    assert closing.close_price == trigger.beyond
    assert closing.receipt == Receipt(
        trade_id=10**9, price=bid + 1, bid=bid, ask=bid + 2, time_ms=1_700_000_000_123, trigger=trigger.price
    )


@each_trigger
def test_a_trigger_fires_once(narrow: OrderDesk, order_state: redis.Redis, trigger: Trigger) -> None:
    trader = Trader.with_balance(narrow)
    trader.opens(trigger.side, 10_000, 10, **{trigger.name: trigger.price})
    Market(narrow).closes_at(trigger.side, trigger.price)

    again = Market(narrow).closes_at(trigger.side, trigger.beyond)

    assert again.fired == 0
    assert len(closings(order_state, trader.user_id)) == 1


def test_a_tick_of_another_asset_fires_nothing(narrow: OrderDesk) -> None:
    trader = Trader.with_balance(narrow)
    trader.buys(10_000, 10, take_profit=ENTRY + 5_000)

    result = narrow.apply_tick(make_tick("ETH", ENTRY + 9_000))

    assert result.fired == 0
    assert len(trader.positions) == 1


@each_side
def test_liquidation_is_exact_at_its_boundary(
    narrow: OrderDesk, order_state: redis.Redis, side: Side
) -> None:
    trader = Trader.with_balance(narrow)
    position = position_of(trader.opens(side, 10_000, 10))
    market, boundary = Market(narrow), position.liquidation_price
    towards_the_entry = 1 if side is Side.LONG else -1

    before = market.closes_at(side, boundary + towards_the_entry)
    at = market.closes_at(side, boundary)

    [closing] = closings(order_state, trader.user_id)
    assert (before.fired, at.fired) == (0, 1)
    assert closing.reason is CloseReason.LIQUIDATION
    assert closing.close_price == boundary
    assert closing.receipt is not None
    assert closing.receipt.trigger == boundary
    # Truncation favours the trader by less than a cent.
    assert -10_000 <= closing.pnl <= -9_999
    assert closing.shortfall == 0


@each_side
def test_liquidation_counts_before_a_stop_loss_that_the_same_tick_passes(
    narrow: OrderDesk, order_state: redis.Redis, side: Side
) -> None:
    trader = Trader.with_balance(narrow)
    losing = -1 if side is Side.LONG else 1
    position = position_of(trader.opens(side, 10_000, 10, stop_loss=ENTRY + losing * 20_000_000))

    Market(narrow).closes_at(side, position.liquidation_price + losing * 1_000_000)

    [closing] = closings(order_state, trader.user_id)
    assert closing.reason is CloseReason.LIQUIDATION
    assert closing.receipt is not None
    assert closing.receipt.trigger == position.liquidation_price
    assert closing.shortfall > 0
    assert closing.credit == 0


@each_side
def test_a_stop_loss_short_of_the_liquidation_fires_by_itself(
    narrow: OrderDesk, order_state: redis.Redis, side: Side
) -> None:
    trader = Trader.with_balance(narrow)
    losing = -1 if side is Side.LONG else 1
    trader.opens(side, 10_000, 10, stop_loss=ENTRY + losing * 20_000_000)

    Market(narrow).closes_at(side, ENTRY + losing * 30_000_000)

    [closing] = closings(order_state, trader.user_id)
    assert closing.reason is CloseReason.STOP_LOSS
    assert closing.credit > 0


def test_a_long_without_leverage_is_never_liquidated(narrow: OrderDesk) -> None:
    trader = Trader.with_balance(narrow)
    position = position_of(trader.buys(10_000, 1))

    # The lowest price there is.
    result = Market(narrow).bids(1)

    assert position.liquidation_price == 0
    assert result.fired == 0
    assert [each.order_id for each in trader.positions] == [position.order_id]


def test_a_short_with_margin_beyond_every_price_is_never_liquidated(narrow: OrderDesk) -> None:
    """A notional of cents under a huge margin: the price would pass what order arithmetic holds."""
    trader, market = Trader.with_balance(narrow, 200_000_000), Market(narrow)
    order = position_of(trader.sells(1_000, 1)).order_id
    narrow.partial_close(trader.user_id, request(), order, percentage=99, part_id="part")

    position = position_of(narrow.add_margin(trader.user_id, request(), order, 99_000_000))

    assert position.liquidation_price == PRICE_RAW_MAX + 1
    assert market.trades_at(PRICE_RAW_MAX - 1).fired == 0
    # Its ask would lie beyond.
    assert market.trades_at(PRICE_RAW_MAX).refusal is Code.TICK_OUT_OF_RANGE
    assert [each.order_id for each in trader.positions] == [order]


def test_added_margin_moves_the_trigger_of_the_liquidation(narrow: OrderDesk) -> None:
    trader, market = Trader.with_balance(narrow), Market(narrow)
    before = position_of(trader.buys(10_000, 10))
    added = trader.desk.add_margin(trader.user_id, request(), before.order_id, 5_000)
    after = position_of(added)

    at_the_old = market.bids(before.liquidation_price)
    at_the_new = market.bids(after.liquidation_price)

    assert after.liquidation_price < before.liquidation_price
    assert (at_the_old.fired, at_the_new.fired) == (0, 1)


def test_what_a_partial_close_leaves_keeps_its_triggers(narrow: OrderDesk) -> None:
    trader, market = Trader.with_balance(narrow), Market(narrow)
    opened = position_of(trader.buys(10_000, 10, take_profit=ENTRY + 5_000, stop_loss=ENTRY - 5_000))
    narrow.partial_close(trader.user_id, request(), opened.order_id, percentage=50, part_id="part")

    fired = market.bids(ENTRY + 5_000).fired

    assert fired == 1
    assert trader.positions == ()


@each_side
def test_one_tick_ends_all_that_it_touches_and_nothing_else(narrow: OrderDesk, side: Side) -> None:
    winning = 1 if side is Side.LONG else -1
    traders = [Trader.with_balance(narrow) for _ in range(4)]
    opened: list[Position] = [
        position_of(trader.opens(side, 10_000, 10, take_profit=ENTRY + winning * 1_000 * step))
        for step, trader in enumerate(traders, start=1)
    ]

    result = Market(narrow).closes_at(side, ENTRY + winning * 2_000)

    assert result.fired == 2
    assert [trader.positions for trader in traders] == [(), (), (opened[2],), (opened[3],)]


@pytest.mark.parametrize("stop_out_percent", [20, 50])
@each_side
def test_a_stop_out_level_liquidates_while_margin_is_left(
    make_desk: MakeDesk, order_state: redis.Redis, side: Side, stop_out_percent: int
) -> None:
    desk = make_desk(spread_bps=0, stop_out_percent=stop_out_percent)
    market = Market(desk)
    market.trades_at(ENTRY)
    trader = Trader.with_balance(desk)
    position = position_of(trader.opens(side, 10_000, 10))

    market.closes_at(side, position.liquidation_price)

    [closing] = closings(order_state, trader.user_id)
    assert closing.reason is CloseReason.LIQUIDATION
    assert closing.credit == pytest.approx(100 * stop_out_percent - 50, abs=2)
