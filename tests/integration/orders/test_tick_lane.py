"""The feed's quick way: ticks of several assets and shards in one write do what they do one by one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.leases import Lease, raise_fence
from orders.ticks import TickLane
from runtime.settings import Settings
from tests.integration.orders.conftest import MakeDesk
from tests.integration.orders.test_ticks import call_once
from tests.support.opening import load_and_open
from tests.support.trading import Market, Trader, closings, make_tick

ENTRY = 645_000_000
TARGET = ENTRY + 10_000
ASSETS = ("BTC", "ETH", "SOL")
SHARDS = 3


@contextmanager
def tick_lane(client: redis.Redis, settings: Settings) -> Iterator[TickLane]:
    lane = TickLane(client, settings)
    yield lane
    lane.close()


def crowds(desk: OrderDesk, size: int) -> list[Trader]:
    """So many traders, each with a long in every asset at the same price, all with the same target."""
    for symbol in ASSETS:
        Market(desk, symbol).trades_at(ENTRY)
    traders = [Trader.with_balance(desk) for _ in range(size)]
    for trader in traders:
        for symbol in ASSETS:
            trader.buys(10_000, 10, asset=symbol, take_profit=TARGET)
    return traders


def test_what_takes_several_calls_in_one_asset_is_done_whole_beside_the_others(
    make_desk: MakeDesk, order_state: redis.Redis, settings: Settings
) -> None:
    changed = settings.model_copy(
        update={"order_shards": SHARDS, "fired_per_call_max": 2, "spread_bps": 0, "price_deviation_bps": 0}
    )
    desk = make_desk(order_shards=SHARDS, fired_per_call_max=2, spread_bps=0, price_deviation_bps=0)
    # Given far more positions than one call ends, in two of three assets
    traders = crowds(desk, 20)
    ticks = [make_tick(symbol, TARGET + 1) for symbol in ASSETS[:2]] + [make_tick("SOL", TARGET - 100)]
    with tick_lane(order_state, changed) as lane:
        results = lane.apply(ticks)
        after = lane.apply([make_tick(symbol, TARGET * 2) for symbol in ASSETS[:2]])
    # Then each tick has ended all it touches, at its own price
    assert [(result.accepted, result.fired) for result in results] == [(True, 20), (True, 20), (True, 0)]
    assert [result.fired for result in after] == [0, 0]
    for trader in traders:
        closed = closings(order_state, trader.user_id, shards=SHARDS)
        assert [closing.close_price for closing in closed] == [TARGET, TARGET]
        assert [position.asset for position in trader.positions] == ["SOL"]


def test_a_refused_tick_is_told_apart_from_those_beside_it(
    desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    Market(desk).trades_at(ENTRY, trade_id=10)
    with tick_lane(order_state, settings) as lane:
        first, second = lane.apply([make_tick("BTC", ENTRY, trade_id=10), make_tick("ETH", ENTRY)])
    assert (first.accepted, first.refusal) == (False, Code.TRADE_ID_NOT_ABOVE)
    assert (second.accepted, second.refusal) == (True, None)


def test_a_broken_connection_is_told_once_and_followed_by_a_new_one(
    desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    with tick_lane(order_state, settings) as lane:
        assert lane.apply([make_tick("BTC", ENTRY)])[0].accepted
        order_state.client_kill_filter(_type="normal", skipme=True)
        with pytest.raises(redis.ConnectionError):
            lane.apply([make_tick("BTC", ENTRY + 1)])
        assert lane.apply([make_tick("BTC", ENTRY + 2)])[0].accepted
    assert desk.quotes()["BTC"].price == ENTRY + 2


def test_an_answer_that_is_an_error_leaves_nothing_behind_for_the_next(
    order_state: redis.Redis, settings: Settings
) -> None:
    order_state.function_flush()
    with tick_lane(order_state, settings) as lane:
        for _ in range(2):
            with pytest.raises(redis.ResponseError):
                lane.apply([make_tick(symbol, ENTRY) for symbol in ASSETS])
        load_and_open(order_state, settings)
        assert [result.accepted for result in lane.apply([make_tick("BTC", ENTRY)])] == [True]


def test_a_lost_lease_is_raised_and_nothing_is_moved(
    desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    raise_fence(order_state, 1, Lease("feed", "two", 7))
    lane = TickLane(order_state, settings, token=6)
    with pytest.raises(Refused) as refused:
        lane.apply([make_tick(symbol, ENTRY) for symbol in ASSETS])
    lane.close()
    assert refused.value.code is Code.FENCED
    assert desk.quotes() == {}


def test_two_ticks_of_an_asset_in_one_write_end_each_its_own(
    make_desk: MakeDesk, order_state: redis.Redis, settings: Settings
) -> None:
    terms = {"order_shards": SHARDS, "fired_per_call_max": 2, "spread_bps": 0, "price_deviation_bps": 0}
    desk = make_desk(**terms)
    # Given what the first tick touches, far more than its call ends, and what only the second reaches
    traders = crowds(desk, 20)
    patient = Trader.with_balance(desk)
    patient.buys(10_000, 10, take_profit=TARGET + 5_000)
    with tick_lane(order_state, settings.model_copy(update=terms)) as lane:
        # After a first write the lane knows that nothing is unfinished
        assert lane.apply([make_tick("SOL", ENTRY)])[0].accepted
        results = lane.apply(
            [
                make_tick("BTC", TARGET + 1),
                make_tick("ETH", ENTRY),
                make_tick("BTC", TARGET + 5_001),
            ]
        )
        assert lane.apply([make_tick("BTC", ENTRY)])[0].fired == 0
    # Then everybody was ended by the tick that touched them, once
    assert [result.accepted for result in results] == [True, True, True]
    assert sum(result.fired for result in results) == 21
    for trader in traders:
        closed = closings(order_state, trader.user_id, shards=SHARDS)
        assert [closing.close_price for closing in closed] == [TARGET]
    assert [closing.close_price for closing in closings(order_state, patient.user_id, shards=SHARDS)] == [
        TARGET + 5_000
    ]


def test_what_an_earlier_caller_left_unfinished_lets_no_tick_overtake_another(
    make_desk: MakeDesk, order_state: redis.Redis, settings: Settings
) -> None:
    terms = {"fired_per_call_max": 2, "spread_bps": 0, "price_deviation_bps": 0}
    desk = make_desk(**terms)
    traders = crowds(desk, 20)
    patient = Trader.with_balance(desk)
    patient.buys(10_000, 10, take_profit=TARGET + 5_000)
    # Given a poller that died after the first call of a tick that needs many
    call_once(order_state, make_tick("BTC", TARGET + 1))
    with tick_lane(order_state, settings.model_copy(update=terms)) as lane:
        # When the next one's first two come together, and only the first of them reaches the target
        results = lane.apply([make_tick("BTC", TARGET + 5_001), make_tick("BTC", ENTRY)])
    assert [result.accepted for result in results] == [True, True]
    assert [closing.close_price for closing in closings(order_state, patient.user_id)] == [TARGET + 5_000]
    assert all(
        [closing.close_price for closing in closings(order_state, trader.user_id)] == [TARGET]
        for trader in traders
    )


def test_what_has_to_be_done_meanwhile_is_done_once(
    desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    done: list[int] = []
    with tick_lane(order_state, settings) as lane:
        for number in range(3):
            lane.apply([make_tick("BTC", ENTRY), make_tick("BTC", ENTRY)], meanwhile=lambda: done.append(1))
            assert len(done) == number + 1
    assert desk.quotes()["BTC"].price == ENTRY
