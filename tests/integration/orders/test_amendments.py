"""Changing what is open: triggers set, kept and removed; closing all at once."""

import pytest
import redis

from domain.orders import CloseReason, EventKind
from orders.client import OrderDesk, Trigger
from orders.codes import Code, Refused
from tests.integration.orders.conftest import MakeDesk
from tests.integration.orders.test_ticks import call_once
from tests.support.trading import (
    Market,
    Trader,
    closing_of,
    closings,
    make_tick,
    position_of,
    request,
    stale_after,
    state_of,
)

ENTRY = 645_000_000


@pytest.fixture
def narrow(make_desk: MakeDesk) -> OrderDesk:
    """A desk with a spread of one unit each side, BTC at the entry."""
    desk = make_desk(spread_bps=0)
    Market(desk).trades_at(ENTRY)
    return desk


def test_a_trigger_that_is_set_later_fires_like_one_from_the_start(
    narrow: OrderDesk, order_state: redis.Redis
) -> None:
    trader, market = Trader.with_balance(narrow), Market(narrow)
    order = position_of(trader.buys(10_000, 10)).order_id

    event = narrow.modify(trader.user_id, request(), order, take_profit=ENTRY + 50)

    assert event.kind is EventKind.MODIFIED
    assert position_of(event).take_profit == ENTRY + 50
    assert event.balance == trader.balance
    assert market.bids(ENTRY + 49).fired == 0
    assert market.bids(ENTRY + 50).fired == 1
    [closing] = closings(order_state, trader.user_id)
    assert closing.reason is CloseReason.TAKE_PROFIT
    assert closing.receipt is not None
    assert closing.receipt.trigger == ENTRY + 50


def test_what_is_not_asked_for_is_kept_and_what_is_removed_is_gone(narrow: OrderDesk) -> None:
    trader, market = Trader.with_balance(narrow), Market(narrow)
    order = position_of(trader.buys(10_000, 10, take_profit=ENTRY + 50, stop_loss=ENTRY - 50)).order_id

    event = narrow.modify(trader.user_id, request(), order, take_profit=Trigger.REMOVE)

    assert position_of(event).take_profit is None
    assert position_of(event).stop_loss == ENTRY - 50
    assert market.bids(ENTRY + 5_000).fired == 0
    assert market.bids(ENTRY - 50).fired == 1


def test_a_stop_that_was_moved_fires_at_its_new_place_only(narrow: OrderDesk) -> None:
    trader, market = Trader.with_balance(narrow), Market(narrow)
    order = position_of(trader.sells(10_000, 10, stop_loss=ENTRY + 50)).order_id

    narrow.modify(trader.user_id, request(), order, stop_loss=ENTRY + 500)

    assert market.asks(ENTRY + 499).fired == 0
    assert market.asks(ENTRY + 500).fired == 1


def test_a_winner_may_be_stopped_beyond_its_entry(narrow: OrderDesk, order_state: redis.Redis) -> None:
    """What counts is the price it would close at now, not the entry."""
    trader, market = Trader.with_balance(narrow), Market(narrow)
    order = position_of(trader.buys(10_000, 10)).order_id
    market.bids(ENTRY + 10_000_000)

    narrow.modify(trader.user_id, request(), order, stop_loss=ENTRY + 9_000_000)
    market.bids(ENTRY + 9_000_000)

    [closing] = closings(order_state, trader.user_id)
    assert closing.reason is CloseReason.STOP_LOSS
    assert closing.pnl > 0


def test_a_trigger_is_removed_without_a_price(desk: OrderDesk, order_state: redis.Redis) -> None:
    Market(desk).trades_at(ENTRY)
    trader = Trader.with_balance(desk)
    order = position_of(trader.buys(10_000, 10, stop_loss=ENTRY - 5_000_000)).order_id
    stale_after(order_state, -1)

    with pytest.raises(Refused) as refusal:
        desk.modify(trader.user_id, request(), order, stop_loss=ENTRY - 6_000_000)
    removed = desk.modify(trader.user_id, request(), order, stop_loss=Trigger.REMOVE)

    assert refusal.value.code is Code.PRICE_STALE
    assert position_of(removed).stop_loss is None


def test_what_a_tick_has_touched_cannot_dodge_it(make_desk: MakeDesk, order_state: redis.Redis) -> None:
    """While a tick is unfinished its victims can neither move their triggers nor leave by another door."""
    desk = make_desk(spread_bps=0, fired_per_call_max=1)
    Market(desk).trades_at(ENTRY)
    traders = [Trader.with_balance(desk) for _ in range(2)]
    orders = [position_of(trader.buys(10_000, 100)).order_id for trader in traders]
    call_once(order_state, make_tick("BTC", ENTRY - 20_000_000, trade_id=10**9))
    [(victim, order)] = [
        (trader, order) for trader, order in zip(traders, orders, strict=True) if trader.positions
    ]
    before = state_of(order_state)

    for dodge in (
        lambda: desk.modify(victim.user_id, request(), order, stop_loss=Trigger.REMOVE),
        lambda: desk.add_margin(victim.user_id, request(), order, 5_000),
        lambda: desk.partial_close(victim.user_id, request(), order, percentage=50, part_id="part"),
        lambda: desk.close(victim.user_id, request(), order),
    ):
        with pytest.raises(Refused) as refusal:
            dodge()
        assert refusal.value.code is Code.PRICE_MOVING

    assert state_of(order_state) == before
    Market(desk).trades_at(ENTRY, trade_id=10**9 + 1)
    [closing] = closings(order_state, victim.user_id)
    assert closing.reason is CloseReason.LIQUIDATION


def test_closing_all_closes_every_position_oldest_first(narrow: OrderDesk) -> None:
    Market(narrow, "ETH").trades_at("2500")
    trader = Trader.with_balance(narrow)
    orders = [
        position_of(trader.buys(10_000, 10)).order_id,
        position_of(trader.sells(5_000, 2, asset="ETH")).order_id,
        position_of(trader.sells(1_000, 1)).order_id,
    ]

    outcome = narrow.close_all(trader.user_id, request())

    assert [position_of(event).order_id for event in outcome.closed] == orders
    assert {closing_of(event).reason for event in outcome.closed} == {CloseReason.MANUAL}
    assert outcome.failed == ()
    assert trader.positions == ()
    assert outcome.closed[-1].balance == trader.balance


def test_closing_all_of_one_asset_leaves_the_others(narrow: OrderDesk) -> None:
    Market(narrow, "ETH").trades_at("2500")
    trader = Trader.with_balance(narrow)
    trader.buys(10_000, 10)
    kept = position_of(trader.buys(5_000, 2, asset="ETH")).order_id

    outcome = narrow.close_all(trader.user_id, request(), asset="BTC")

    assert len(outcome.closed) == 1
    assert [position.order_id for position in trader.positions] == [kept]


def test_closing_all_says_what_could_not_be_closed_and_why(desk: OrderDesk, order_state: redis.Redis) -> None:
    Market(desk).trades_at(ENTRY)
    Market(desk, "ETH").trades_at("2500")
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 10)
    stuck = position_of(trader.buys(5_000, 2, asset="ETH")).order_id
    stale_after(order_state, -1, "ETH")

    outcome = desk.close_all(trader.user_id, request())

    assert len(outcome.closed) == 1
    assert outcome.failed == ((stuck, Code.PRICE_STALE),)
    assert [position.order_id for position in trader.positions] == [stuck]


def test_closing_all_of_nothing_closes_nothing(narrow: OrderDesk) -> None:
    trader = Trader.with_balance(narrow)

    outcome = narrow.close_all(trader.user_id, request())

    assert (outcome.closed, outcome.failed) == ((), ())
