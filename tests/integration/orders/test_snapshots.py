"""A snapshot holds all there is of an account; restored, it goes on as if nothing had been."""

import copy
from typing import Any

import pytest
import redis

from domain.orders import FIRST_EVENT_ID, Account, CloseReason, Side
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.events import newest_event_id, read_events
from orders.gate import begin_restore, end_restore
from orders.keys import shard_of
from orders.snapshots import ACCOUNTS_PER_CALL_MAX, AccountText, restore, take_snapshot
from runtime.settings import Settings
from tests.support.opening import empty_for_restore, load_and_open, restore_and_open
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market, Trader, closings, request, state_of

ENTRY = 645_000_000
SHARDS = 3


@pytest.fixture
def sharded(services: Services) -> Settings:
    """Three shards, the spread is one unit."""
    return make_settings(services, order_shards=SHARDS, spread_bps=0)


def busy_desk(client: redis.Redis, settings: Settings) -> tuple[Market, list[Trader]]:
    """Traders with positions of every kind, and trailing stops with different peaks."""
    load_and_open(client, settings)
    desk = OrderDesk(client, settings)
    market = Market(desk)
    traders = Trader.of_every_shard(desk, SHARDS, traders=8)
    for number, trader in enumerate(traders):
        market.trades_at(ENTRY + 1_000 * (number % 3))
        for side, sign in ((Side.LONG, 1), (Side.SHORT, -1)):
            order = trader.opens(side, 10_000, 10, trailing_distance=200_000 + number)
            trader.opens(side, 2_000, 5, stop_loss=ENTRY - sign * 900_000, take_profit=ENTRY + sign * 900_000)
            assert order.position is not None
            desk.add_margin(trader.user_id, request(), order.position.order_id, 1_234)
            desk.partial_close(
                trader.user_id,
                request(),
                order.position.order_id,
                percentage=30,
                part_id=f"part-{number}{side}",
            )
    return market, traders


def snapshot_all(client: redis.Redis, traders: list[Trader]) -> list[AccountText]:
    accounts: list[AccountText] = []
    for trader in traders:
        shard = shard_of(trader.user_id, SHARDS)
        taken = take_snapshot(client, shard, [trader.user_id, "nobody"])
        assert taken.last_event_id == (newest_event_id(client, shard) or FIRST_EVENT_ID)
        accounts += taken.accounts
    return accounts


def what_is(traders: list[Trader]) -> list[tuple[int, int, Any]]:
    """Balance, seq and positions of each."""
    read: list[Account] = [trader.desk.account(trader.user_id) for trader in traders]
    return [(account.balance, account.seq, account.positions) for account in read]


def test_what_was_restored_is_what_was_there(order_state: redis.Redis, sharded: Settings) -> None:
    _, traders = busy_desk(order_state, sharded)
    before, accounts = what_is(traders), snapshot_all(order_state, traders)
    assert len(accounts) == len(traders)

    restore_and_open(order_state, sharded, accounts)

    assert what_is(traders) == before
    assert [read_events(order_state, s, after=FIRST_EVENT_ID, limit=1) for s in range(SHARDS)] == [
        []
    ] * SHARDS
    assert snapshot_all(order_state, traders) == accounts


def test_what_was_restored_fires_as_it_would_have(order_state: redis.Redis, sharded: Settings) -> None:
    def ends() -> list[Any]:
        fired = [
            market.trades_at(price).fired for price in (ENTRY + 300_000, ENTRY - 600_000, ENTRY - 1_000_000)
        ]
        told = [closings(order_state, trader.user_id, shards=SHARDS) for trader in traders]
        plain = [
            [(each.reason, each.close_price, each.pnl, each.credit) for each in closed if each.receipt]
            for closed in told
        ]
        return [fired, plain, [trader.balance for trader in traders]]

    market, traders = busy_desk(order_state, sharded)
    accounts = snapshot_all(order_state, traders)
    expected = ends()
    assert {reason for closed in expected[1] for reason, *_ in closed} >= {
        CloseReason.TRAILING_STOP,
        CloseReason.STOP_LOSS,
        CloseReason.TAKE_PROFIT,
    }
    restore_and_open(order_state, sharded, accounts)
    market.trades_at(ENTRY)

    assert ends() == expected


def test_an_account_that_is_there_is_left_alone(order_state: redis.Redis, sharded: Settings) -> None:
    _, traders = busy_desk(order_state, sharded)
    accounts = snapshot_all(order_state, traders)
    empty_for_restore(order_state, sharded)
    restore(order_state, SHARDS, accounts)
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        restore(order_state, SHARDS, accounts)

    assert refused.value.code is Code.ACCOUNT_EXISTS
    assert state_of(order_state) == before


def test_nothing_is_restored_into_a_desk_that_trades(order_state: redis.Redis, sharded: Settings) -> None:
    _, traders = busy_desk(order_state, sharded)
    accounts = snapshot_all(order_state, traders)
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        restore(order_state, SHARDS, accounts)
    assert refused.value.code is Code.STATE_UNPROVEN
    for shard in range(SHARDS):
        with pytest.raises(Refused):
            begin_restore(order_state, shard, epoch=2)
        with pytest.raises(Refused):
            end_restore(order_state, shard, newest=None)

    assert state_of(order_state) == before


BROKEN = {
    "no balance": lambda account: account.pop("balance"),
    "a negative balance": lambda account: account.update(balance="-1"),
    "positions that are none": lambda account: account.update(positions=["a", "b"]),
    "a price that is none": lambda account: account["positions"][0].update(open_price="0"),
    "a price of words": lambda account: account["positions"][0].update(open_price="cheap"),
    "an unknown asset": lambda account: account["positions"][1].update(asset="DOGE"),
    "an asset that is no word": lambda account: account["positions"][1].update(asset={}),
    "an unknown side": lambda account: account["positions"][1].update(side="up"),
    "a stop that is no price": lambda account: account["positions"][1].update(stop_loss="-5"),
    "one order twice": lambda account: account["positions"].append(account["positions"][0]),
    "more size than is exact": lambda account: account["positions"][0].update(notional=str(2**50)),
    "more positions than events": lambda account: account.update(seq="1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_account_that_cannot_be_is_not_restored(
    order_state: redis.Redis, sharded: Settings, what: str
) -> None:
    _, traders = busy_desk(order_state, sharded)
    account = copy.deepcopy(snapshot_all(order_state, traders)[0])
    empty_for_restore(order_state, sharded)
    BROKEN[what](account)
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        restore(order_state, SHARDS, [account])

    assert refused.value.code is Code.SNAPSHOT_UNREADABLE
    assert state_of(order_state) == before


def test_a_snapshot_of_too_many_accounts_is_refused(order_state: redis.Redis) -> None:
    with pytest.raises(ValueError, match="at most"):
        take_snapshot(order_state, 0, ["somebody"] * (ACCOUNTS_PER_CALL_MAX + 1))
