"""What operators allow: new positions are held to it at once, and what is open can always be closed."""

from typing import Any

import pytest
import redis

from domain.orders import AssetLimits, Side
from orders.client import OrderDesk, Trigger
from orders.codes import Code, Refused
from orders.limits import write_halts, write_limits
from tests.support.trading import Market, Trader, position_of, request, state_of

SHARDS = 1
MEMORY = ":request:"


@pytest.fixture
def trader(desk: OrderDesk) -> Trader:
    """Somebody with a long of $1,000 in BTC."""
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 10)
    return trader


@pytest.mark.parametrize(
    ("limits", "order", "code", "most"),
    [
        (AssetLimits(close_only=True), {}, Code.ASSET_CLOSE_ONLY, None),
        (AssetLimits(leverage_max=5), {"leverage": 10}, Code.LEVERAGE_ABOVE_LIMIT, "5"),
        (AssetLimits(position_max=99_999), {}, Code.POSITION_ABOVE_LIMIT, "99999"),
        # $1,000 are open: what is left is told.
        (AssetLimits(exposure_max=150_000), {}, Code.EXPOSURE_ABOVE_LIMIT, "50000"),
        (AssetLimits(exposure_max=50_000), {}, Code.EXPOSURE_ABOVE_LIMIT, "0"),
    ],
)
def test_an_open_beyond_a_limit_changes_nothing(
    desk: OrderDesk,
    trader: Trader,
    order_state: redis.Redis,
    limits: AssetLimits,
    order: dict[str, Any],
    code: Code,
    most: str | None,
) -> None:
    write_limits(order_state, SHARDS, "BTC", limits)
    before = state_of(order_state, MEMORY)

    with pytest.raises(Refused) as refusal:
        trader.buys(10_000, **{"leverage": 10} | order)

    assert refusal.value.code is code
    assert most is None or most in map(str, refusal.value.details.values())
    assert state_of(order_state, MEMORY) == before
    trader.opens(Side.LONG, 10_000, 10, asset="ETH")


def test_a_halted_account_opens_nothing_and_closes_all(
    desk: OrderDesk, trader: Trader, order_state: redis.Redis
) -> None:
    write_halts(order_state, SHARDS, [trader.user_id])
    before = state_of(order_state, MEMORY)

    with pytest.raises(Refused) as refusal:
        trader.sells(10_000, 10)

    assert refusal.value.code is Code.ACCOUNT_HALTED
    assert state_of(order_state, MEMORY) == before
    Trader.with_balance(desk).buys(10_000, 10)
    everything_else(desk, trader)
    write_halts(order_state, SHARDS, [])
    trader.sells(10_000, 10)


@pytest.mark.parametrize(
    "limits", [AssetLimits(close_only=True, position_max=0, exposure_max=0, leverage_max=1)]
)
def test_who_has_a_position_may_do_all_else(
    desk: OrderDesk, trader: Trader, order_state: redis.Redis, limits: AssetLimits
) -> None:
    write_limits(order_state, SHARDS, "BTC", limits)

    everything_else(desk, trader)


def test_what_brings_the_exposure_nearer_to_zero_is_never_too_much(
    desk: OrderDesk, trader: Trader, order_state: redis.Redis
) -> None:
    write_limits(order_state, SHARDS, "BTC", AssetLimits(exposure_max=10_000))

    trader.sells(5_000, 10)
    trader.sells(5_000, 10)
    with pytest.raises(Refused):
        trader.sells(5_000, 10)


def test_the_newest_limits_are_all_there_are(trader: Trader, order_state: redis.Redis) -> None:
    write_limits(order_state, SHARDS, "BTC", AssetLimits(close_only=True, leverage_max=2))
    write_limits(order_state, SHARDS, "BTC", AssetLimits(position_max=500_000))
    trader.buys(10_000, 10)
    write_limits(order_state, SHARDS, "BTC", AssetLimits())

    trader.buys(100_000, 10)


def everything_else(desk: OrderDesk, trader: Trader) -> None:
    """Margin, triggers, a part, and all of it."""
    order_id = trader.positions[0].order_id
    desk.add_margin(trader.user_id, request(), order_id, 1_000)
    desk.modify(trader.user_id, request(), order_id, stop_loss=Trigger.REMOVE, trailing_distance=100_000_000)
    desk.partial_close(trader.user_id, request(), order_id, percentage=50, part_id="part")
    assert position_of(desk.close(trader.user_id, request(), order_id)).order_id == order_id
    assert not trader.positions
