"""A trailing stop follows the best closing price, and fires on the first trade its distance behind."""

import random
from dataclasses import dataclass
from typing import cast

import pytest
import redis

from domain.orders import CloseReason, EventKind, Side, TrailingStop
from orders.client import OrderDesk, Trigger
from orders.codes import Code, Refused
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import (
    Market,
    Trader,
    closing_of,
    closings,
    events,
    position_of,
    request,
)

ENTRY = 645_000_000
DISTANCE = 1_000_000

each_side = pytest.mark.parametrize("side", list(Side))


@dataclass
class Scene:
    """A market where the spread is one unit, and one trader in it."""

    market: Market
    trader: Trader

    @property
    def desk(self) -> OrderDesk:
        return self.trader.desk

    @property
    def stop(self) -> TrailingStop | None:
        """The trailing stop of the only open position."""
        [position] = self.trader.positions
        return position.trailing_stop

    def modifies(self, order_id: str, distance: int | Trigger) -> TrailingStop | None:
        """Sets, keeps or removes the trailing stop."""
        event = self.desk.modify(self.trader.user_id, request(), order_id, trailing_distance=distance)
        return position_of(event).trailing_stop


@pytest.fixture
def scene(make_desk: MakeDesk) -> Scene:
    """The market stands at ENTRY."""
    desk = make_desk(spread_bps=0)
    market = Market(desk)
    market.trades_at(ENTRY)
    return Scene(market, Trader.with_balance(desk))


def away(side: Side, price: int, by: int) -> int:
    """So much better for that side than the price."""
    return price + by if side is Side.LONG else price - by


@each_side
def test_it_starts_at_the_closing_price_of_the_moment(scene: Scene, side: Side) -> None:
    stop = position_of(scene.trader.opens(side, 10_000, 10, trailing_distance=DISTANCE)).trailing_stop

    # A long opened at the ask would close at the bid.
    closing = away(side, ENTRY, -1)
    assert stop == TrailingStop(DISTANCE, closing, away(side, closing, -DISTANCE))
    assert scene.stop == stop


@each_side
def test_it_follows_gains_only_and_fires_exactly_at_its_distance(
    scene: Scene, order_state: redis.Redis, side: Side
) -> None:
    position = position_of(scene.trader.opens(side, 10_000, 10, trailing_distance=DISTANCE))
    peak = away(side, ENTRY, 5 * DISTANCE)
    for price in (away(side, ENTRY, 2 * DISTANCE), peak, away(side, peak, 1 - DISTANCE)):
        assert scene.market.closes_at(side, price).fired == 0
    assert scene.stop == TrailingStop(DISTANCE, peak, away(side, peak, -DISTANCE))

    result = scene.market.closes_at(side, away(side, peak, -DISTANCE), trade_id=10**9, time_ms=1_234_567)

    assert result.fired == 1
    [closing] = closings(order_state, scene.trader.user_id)
    assert closing.reason is CloseReason.TRAILING_STOP
    assert closing.close_price == away(side, peak, -DISTANCE)
    assert closing.receipt is not None
    assert (closing.receipt.trade_id, closing.receipt.time_ms) == (10**9, 1_234_567)
    assert closing.receipt.trigger == away(side, peak, -DISTANCE)
    told = events(order_state, scene.trader.user_id)[-1]
    assert position_of(told).trailing_stop == TrailingStop(DISTANCE, peak, away(side, peak, -DISTANCE))
    assert position_of(told).order_id == position.order_id


@each_side
def test_a_gap_fills_at_the_price_of_the_trade_not_at_the_stop(
    scene: Scene, order_state: redis.Redis, side: Side
) -> None:
    scene.trader.opens(side, 10_000, 10, trailing_distance=DISTANCE)

    scene.market.closes_at(side, away(side, ENTRY, -20 * DISTANCE))

    [closing] = closings(order_state, scene.trader.user_id)
    assert closing.close_price == away(side, ENTRY, -20 * DISTANCE)
    assert closing.receipt is not None
    assert closing.receipt.trigger == away(side, ENTRY, -DISTANCE - 1)


@each_side
@pytest.mark.parametrize(
    ("stop_distance", "reason"),
    [(DISTANCE // 2, CloseReason.STOP_LOSS), (5 * DISTANCE, CloseReason.TRAILING_STOP)],
)
def test_with_a_stop_loss_too_the_nearer_one_fires(
    scene: Scene, order_state: redis.Redis, side: Side, stop_distance: int, reason: CloseReason
) -> None:
    scene.trader.opens(
        side,
        10_000,
        10,
        trailing_distance=DISTANCE,
        stop_loss=away(side, ENTRY, -stop_distance),
    )

    scene.market.closes_at(side, away(side, ENTRY, -min(stop_distance, DISTANCE + 1)))

    assert [closing.reason for closing in closings(order_state, scene.trader.user_id)] == [reason]


@each_side
def test_one_tick_that_passes_everything_names_the_reason_that_counts_first(
    scene: Scene, order_state: redis.Redis, side: Side
) -> None:
    scene.trader.opens(side, 10_000, 100, trailing_distance=DISTANCE)
    scene.trader.opens(
        side, 10_000, 1, trailing_distance=DISTANCE, stop_loss=away(side, ENTRY, -2 * DISTANCE)
    )
    scene.trader.opens(side, 10_000, 1, trailing_distance=DISTANCE)

    result = scene.market.closes_at(side, away(side, ENTRY, -30 * DISTANCE))

    assert result.fired == 3
    told = [event for event in events(order_state, scene.trader.user_id) if event.closing]
    assert sorted((position_of(event).leverage, closing_of(event).reason) for event in told) == [
        (1, CloseReason.STOP_LOSS),
        (1, CloseReason.TRAILING_STOP),
        (100, CloseReason.LIQUIDATION),
    ]


@each_side
def test_it_can_be_set_changed_and_removed_later(scene: Scene, side: Side) -> None:
    order_id = position_of(scene.trader.opens(side, 10_000, 10)).order_id
    assert scene.stop is None
    price = away(side, ENTRY, 3 * DISTANCE)
    scene.market.closes_at(side, price)

    assert scene.modifies(order_id, DISTANCE) == TrailingStop(DISTANCE, price, away(side, price, -DISTANCE))
    better, back = away(side, price, DISTANCE), away(side, price, DISTANCE // 2)
    scene.market.closes_at(side, better)
    scene.market.closes_at(side, back)
    # Another distance follows from where the price is now.
    assert scene.modifies(order_id, 2 * DISTANCE) == TrailingStop(
        2 * DISTANCE, back, away(side, back, -2 * DISTANCE)
    )
    assert scene.modifies(order_id, Trigger.REMOVE) is None
    assert scene.stop is None
    assert scene.market.closes_at(side, away(side, ENTRY, -10 * DISTANCE)).fired == 0


@each_side
def test_the_distance_that_it_has_keeps_its_peak(scene: Scene, side: Side) -> None:
    order_id = position_of(scene.trader.opens(side, 10_000, 10, trailing_distance=DISTANCE)).order_id
    scene.market.closes_at(side, away(side, ENTRY, DISTANCE))
    scene.market.closes_at(side, away(side, ENTRY, DISTANCE // 2))
    before = scene.stop

    assert scene.modifies(order_id, DISTANCE) == before
    assert scene.modifies(order_id, Trigger.KEEP) == before
    assert scene.stop == before


@each_side
def test_what_stays_of_a_partial_close_and_added_margin_keep_it(scene: Scene, side: Side) -> None:
    order_id = position_of(scene.trader.opens(side, 10_000, 10, trailing_distance=DISTANCE)).order_id
    scene.market.closes_at(side, away(side, ENTRY, DISTANCE))
    before = scene.stop

    scene.desk.partial_close(scene.trader.user_id, request(), order_id, percentage=40, part_id="part")
    scene.desk.add_margin(scene.trader.user_id, request(), order_id, 5_000)

    assert scene.stop == before
    assert scene.market.closes_at(side, away(side, ENTRY, 0)).fired == 1


@each_side
def test_a_distance_that_can_never_fire_is_refused(scene: Scene, side: Side) -> None:
    order_id = position_of(scene.trader.opens(side, 10_000, 10)).order_id
    beyond = ENTRY if side is Side.LONG else 130_000_000_000
    for distance in (-1, 0, beyond, 2**60):
        with pytest.raises(Refused) as refused:
            scene.modifies(order_id, distance)
        assert refused.value.code is Code.TRAILING_DISTANCE_OUT_OF_RANGE
        with pytest.raises(Refused) as refused:
            scene.trader.opens(side, 10_000, 10, trailing_distance=distance)
        assert refused.value.code is Code.TRAILING_DISTANCE_OUT_OF_RANGE
    assert scene.stop is None


@each_side
@pytest.mark.parametrize("moved_max", [1, 7, 1_000])
def test_many_of_them_fire_as_the_plain_rule_says(
    make_desk: MakeDesk, order_state: redis.Redis, side: Side, moved_max: int
) -> None:
    desk = make_desk(spread_bps=0, price_deviation_bps=0, trails_moved_per_call_max=moved_max)
    market, chooser = Market(desk), random.Random(moved_max)
    traders = [Trader.with_balance(desk) for _ in range(3)]
    price, peaks, distances = ENTRY, dict[str, int](), dict[str, int]()
    market.closes_at(side, price)
    expected = list[str]()
    for _ in range(400):
        if chooser.random() < 0.5:
            distance = chooser.randint(1, 4_000)
            trader = chooser.choice(traders)
            opened = position_of(trader.opens(side, 1_000, 1, trailing_distance=distance))
            peaks[opened.order_id], distances[opened.order_id] = price, distance
        else:
            price += chooser.choice((-1, 1, 1)) * chooser.randint(0, 1_500) * (1 if side is Side.LONG else -1)
            result, before = market.closes_at(side, price), len(expected)
            for order_id, peak in list(peaks.items()):
                peaks[order_id] = max(peak, price) if side is Side.LONG else min(peak, price)
                if abs(peaks[order_id] - price) >= distances[order_id]:
                    expected.append(order_id)
                    del peaks[order_id]
            assert result.fired == len(expected) - before
    told = [event for trader in traders for event in events(order_state, trader.user_id)]
    fired = [position_of(event).order_id for event in told if event.kind is EventKind.CLOSED]
    assert sorted(fired) == sorted(expected)
    held = {each.order_id: each.trailing_stop for trader in traders for each in trader.positions}
    assert {order_id: stop.peak for order_id, stop in held.items() if stop} == peaks
    assert len(expected) > 50
    assert len(peaks) > 5


@each_side
@pytest.mark.parametrize("moved_max", [1, 3])
@pytest.mark.parametrize("route", [(10,), (-3, 0, 10)])
@pytest.mark.parametrize("sizes", [(12, 8, 4, 3, 1), (2, 9, 1, 9, 2, 5, 7), (1,) * 20])
def test_groups_that_become_one_in_several_calls_lose_nobody(
    make_desk: MakeDesk,
    order_state: redis.Redis,
    side: Side,
    moved_max: int,
    sizes: tuple[int, ...],
    route: tuple[int, ...],
) -> None:
    desk = make_desk(spread_bps=0, price_deviation_bps=0, trails_moved_per_call_max=moved_max)
    market, trader = Market(desk), Trader.with_balance(desk)
    for level, size in enumerate(sizes):
        market.closes_at(side, away(side, ENTRY, -level))
        for number in range(size):
            trader.opens(side, 1_000, 1, trailing_distance=DISTANCE + number)
    # On the longer route some levels are passed, one is reached exactly, then all are passed.
    for better in route:
        market.closes_at(side, away(side, ENTRY, better))
        assert_index_is_whole(order_state, trader, side)
    for position in trader.positions[::3]:
        desk.close(trader.user_id, request(), position.order_id)
    assert_index_is_whole(order_state, trader, side)

    left = len(trader.positions)
    assert market.closes_at(side, away(side, ENTRY, 10 - DISTANCE - max(sizes))).fired == left
    # But for the numbers that were given.
    assert list(order_state.scan_iter("*:trail:*")) == [f"{{s0}}:trail:BTC:{side}:count".encode()]


def assert_index_is_whole(client: redis.Redis, trader: Trader, side: Side) -> None:
    """Each stop is where its number says, with the right peak and distance; nothing else is there."""
    base = f"{{s0}}:trail:BTC:{side}:"
    groups, runs = scores(client, base + "groups"), scores(client, base + "runs")
    nearest = {group: scores(client, f"{base}nearest:{group}") for group in groups}
    members = {run: scores(client, f"{base}members:{run}") for run in runs}
    assert scores(client, base + "peaks").keys() == groups.keys()
    assert len(list(client.scan_iter(base + "*:*"))) == len(groups) + len(runs)
    for run, stops in members.items():
        assert nearest[holder(groups, runs[run])].pop(run) == min(stops.values())
    assert not any(nearest.values())
    for position in trader.positions:
        stop = position.trailing_stop
        assert stop is not None
        number = float(cast(bytes, client.hget(f"{{s0}}:position:{position.order_id}", "trailing_seq")))
        assert members[holder(runs, number)].pop(position.order_id) == stop.distance
        assert abs(scores(client, base + "peaks")[holder(groups, number)]) == stop.peak
    assert not any(members.values())


def scores(client: redis.Redis, key: str) -> dict[str, float]:
    """A sorted set, lowest first."""
    entries = cast(list[tuple[bytes, float]], client.zrange(key, 0, -1, withscores=True))
    return {name.decode(): score for name, score in entries}


def holder(firsts: dict[str, float], number: float) -> str:
    """Whose first number comes last before this one, or is it."""
    return [name for name, first in firsts.items() if first <= number][-1]


def test_a_tick_that_has_to_move_many_is_done_in_bounded_calls(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(spread_bps=0, price_deviation_bps=0, trails_moved_per_call_max=5)
    market, trader = Market(desk), Trader.with_balance(desk)
    # Falling: each stop begins a group of its own.
    for number in range(60):
        market.bids(ENTRY - number)
        trader.buys(1_000, 1, trailing_distance=100_000)
    order_state.config_resetstat()

    market.bids(ENTRY + 1)

    calls = order_state.info("commandstats")["cmdstat_fcall"]["calls"]
    assert calls > 60 // 5
    stops = {position.trailing_stop for position in trader.positions}
    assert stops == {TrailingStop(100_000, ENTRY + 1, ENTRY + 1 - 100_000)}
    assert market.bids(ENTRY + 1 - 100_000).fired == 60


def test_what_it_followed_to_survives_a_restart_of_the_library(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(spread_bps=0)
    market, trader = Market(desk), Trader.with_balance(desk)
    market.bids(ENTRY)
    trader.buys(10_000, 10, trailing_distance=DISTANCE)
    market.bids(ENTRY + DISTANCE, trade_id=10**9)
    before = trader.positions

    make_desk(spread_bps=0)

    assert trader.positions == before
    # A trade of before the peak can't fire it, though the price of it is far enough behind.
    old = market.trades_at(ENTRY - DISTANCE, trade_id=10**9 - 1)
    assert old.refusal is Code.TRADE_ID_NOT_ABOVE
    assert trader.positions == before
