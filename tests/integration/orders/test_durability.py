"""What a kill -9 of the order state's server leaves: everything that was answered, but for the price."""

from collections.abc import Iterator
from typing import cast

import pytest
import redis

from domain.orders import FIRST_EVENT_ID
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.gate import open_shard
from orders.keys import quiet_key
from tests.integration.orders.conftest import MakeDesk
from tests.support.opening import EPOCH
from tests.support.services import RunningServer, Services
from tests.support.trading import (
    Market,
    Trader,
    closings,
    events,
    make_tick,
    position_of,
    request,
    state_of,
)
from tests.support.waiting import eventually

ENTRY = 645_000_000


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    """The order state's server, running again when the test is over."""
    server = services.servers["orders"]
    yield server
    server.stop()
    server.start().wait()


def kill_and_open_again(server: RunningServer, client: redis.Redis) -> None:
    """kill -9 and a new start, and all that had to be proven is."""
    server.kill()
    server.start().wait()
    open_shard(client, 0, epoch=EPOCH, journaled=FIRST_EVENT_ID)


def append_only_bytes(client: redis.Redis) -> int:
    """The size of the server's append-only file."""
    return int(cast(dict[str, int], client.info("persistence"))["aof_current_size"])


def test_a_tick_that_fires_nothing_is_not_in_the_append_only_file(
    desk: OrderDesk, order_state: redis.Redis
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500.12")
    trader.buys(10_000, 10, take_profit="65000")
    before = append_only_bytes(order_state)

    for _ in range(50):
        market.trades_at("64500.12")
    quiet = append_only_bytes(order_state)
    market.trades_at("66000")
    fired = append_only_bytes(order_state)

    assert quiet == before
    assert fired > quiet


def test_accounts_survive_a_kill_and_triggers_fire_again_with_the_next_price(
    make_desk: MakeDesk, order_state: redis.Redis, server: RunningServer
) -> None:
    desk = make_desk(spread_bps=0)
    market, trader, asked = Market(desk), Trader.with_balance(desk), request()
    market.trades_at(ENTRY)
    position = position_of(trader.buys(10_000, 10, take_profit=ENTRY + 5_000))
    desk.deposit(trader.user_id, asked, 7)
    account, before = desk.account(trader.user_id), state_of(order_state, ":price:", ":state")

    kill_and_open_again(server, order_state)

    assert desk.account(trader.user_id) == account
    assert state_of(order_state, ":price:", ":state") == before
    assert desk.quotes() == {}
    with pytest.raises(Refused) as refusal:
        desk.close(trader.user_id, request(), position.order_id)
    assert refusal.value.code is Code.PRICE_UNKNOWN
    assert desk.deposit(trader.user_id, asked, 7).balance == account.balance
    assert market.bids(ENTRY + 4_999).fired == 0
    assert market.bids(ENTRY + 5_000).fired == 1
    assert len(closings(order_state, trader.user_id)) == 1


def test_a_kill_in_the_middle_of_a_tick_changes_nothing_of_what_it_does(
    make_desk: MakeDesk, order_state: redis.Redis, server: RunningServer
) -> None:
    desk = make_desk(spread_bps=0, fired_per_call_max=2)
    market = Market(desk)
    market.trades_at(ENTRY)
    traders = [Trader.with_balance(desk) for _ in range(5)]
    for trader in traders:
        trader.buys(10_000, 10, take_profit=ENTRY + 5_000)
    _call_apply_tick_once(order_state, ENTRY + 5_001)

    kill_and_open_again(server, order_state)
    market.trades_at(ENTRY)

    endings = [closings(order_state, trader.user_id) for trader in traders]
    assert [[closing.close_price for closing in ending] for ending in endings] == [[ENTRY + 5_000]] * 5


def _call_apply_tick_once(client: redis.Redis, price: int) -> None:
    client.fcall("cfdesk_apply_tick", 1, "{s0}", "BTC", price, 10**9, 0, 0, "another source", 1)


def test_a_price_that_a_rewrite_of_the_file_kept_is_not_taken_for_a_new_one(
    desk: OrderDesk, order_state: redis.Redis, server: RunningServer
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500.12")
    rewrite_file(order_state)
    market.trades_at("60000")

    kill_and_open_again(server, order_state)

    assert desk.quotes() == {}
    with pytest.raises(Refused) as refusal:
        trader.buys(10_000, 10)
    assert refusal.value.code is Code.PRICE_UNKNOWN
    assert market.trades_at("60000").accepted
    assert position_of(trader.buys(10_000, 10)).open_price > 600_000_000


def test_what_a_rewrite_kept_of_where_nothing_is_touched_hides_no_trigger(
    desk: OrderDesk, order_state: redis.Redis, server: RunningServer
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500.12")
    market.trades_at("64500.13")
    assert order_state.exists(quiet_key(0, "BTC"))
    rewrite_file(order_state)
    opened = position_of(trader.buys(10_000, 10, stop_loss="64400"))
    assert not order_state.exists(quiet_key(0, "BTC"))
    # Kept anew in memory, where no file has it.
    market.trades_at("64500.14")

    kill_and_open_again(server, order_state)

    assert not order_state.exists(quiet_key(0, "BTC"))
    market.trades_at("64500.15")
    assert market.trades_at("64399").fired == 1
    assert position_of(events(order_state, trader.user_id)[-1]).order_id == opened.order_id


def rewrite_file(client: redis.Redis) -> None:
    """Lets the server write its append-only file anew from what is in memory."""
    client.bgrewriteaof()
    eventually(
        lambda: not cast(dict[str, int], client.info("persistence"))["aof_rewrite_in_progress"],
        what="the end of the rewrite",
    )


def test_after_a_restart_a_trade_from_before_a_position_does_not_fire_it(
    desk: OrderDesk, order_state: redis.Redis, server: RunningServer
) -> None:
    """A feed that sends again what it sent last: the position must not end by a trade that was before it."""
    market, trader = Market(desk), Trader.with_balance(desk)
    high = make_tick("BTC", "65000", trade_id=10**9)
    desk.apply_tick(high)
    market.trades_at("64000", trade_id=10**9 + 1)
    trader.buys(10_000, 10, take_profit="64900")

    kill_and_open_again(server, order_state)

    assert desk.apply_tick(high).refusal is Code.TRADE_ID_NOT_ABOVE
    assert closings(order_state, trader.user_id) == []
    assert market.trades_at("65000", trade_id=10**9 + 2).fired == 1
