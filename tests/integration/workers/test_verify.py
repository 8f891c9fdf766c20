"""Verification finds whole books clean, while the desk trades too; test_tampering is about others."""

import random
import threading

import pytest
import redis
import sqlalchemy as sa

from models import ClosedOrder, JournalOffset, LedgerEntry, OrderEventRow
from orders.client import OrderDesk
from orders.keys import events_key, shard_tag
from orders.library import PREFIX
from orders.snapshots import take_snapshot
from runtime.settings import Settings
from tests.support.books import journal, rows
from tests.support.opening import load_and_open, restore_and_open
from tests.support.trading import Market, Trader, make_tick, request
from tests.support.trading_day import trade_a_little
from workers.verification import report, verify


def test_a_day_of_trading_is_clean(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk)
    journal(database, order_state, settings)
    found = verify(database, order_state, settings)
    assert found.difference is None
    # And says all that it looked at
    counts = found.counts
    assert counts.events == len(rows(database, OrderEventRow, "seq"))
    assert counts.entries == len(rows(database, LedgerEntry, "account"))
    assert counts.closed == len(rows(database, ClosedOrder, "order_id"))
    assert counts.accounts == len(traders)
    assert counts.positions == 2 * len(traders)
    assert counts.stream_events == 0
    # Of each trader two liquidation prices, a take profit and two trailing stops
    assert counts.triggers == 5 * len(traders)


def test_an_empty_desk_is_clean(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    assert verify(database, order_state, settings).is_clean


def test_events_that_only_the_stream_has_count(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk, traders=2)
    journal(database, order_state, settings)
    # When the journal sleeps, and an account is opened, too
    traders += trade_a_little(desk, traders=1)
    Trader.with_balance(desk)
    desk.deposit(traders[0].user_id, request(), 77)
    found = verify(database, order_state, settings)
    assert found.is_clean, found.difference
    assert found.counts.stream_events == order_state.xlen(events_key(0)) - found.counts.events > 0
    # And with nothing in PostgreSQL at all
    with database.begin() as connection:
        tables = "order_events, ledger_entries, closed_orders, active_orders, balances, platform_profit"
        connection.execute(sa.text(f"truncate {tables}, journal_offsets"))
    assert verify(database, order_state, settings).is_clean


def test_a_trailing_stop_that_followed_the_price_since_its_event_is_clean(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500")
    for distance in ("3000", "1000", "2000"):
        trader.buys(10_000, 2, trailing_distance=distance)
        market.trades_at("64400")
    trader.sells(10_000, 2, trailing_distance="1500")
    journal(database, order_state, settings)
    market.trades_at("65145.12")
    assert verify(database, order_state, settings).is_clean


def test_a_tick_that_is_still_moving_trailing_stops_is_no_difference(
    database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    slow = settings.model_copy(update={"trails_moved_per_call_max": 1})
    load_and_open(order_state, slow)
    desk = OrderDesk(order_state, slow)
    market, trader = Market(desk), Trader.with_balance(desk)
    for price in ("64500", "64400", "64300", "64200", "64100"):
        market.trades_at(price)
        trader.buys(10_000, 2, trailing_distance="3000")
    # Given a poller that died between the calls of one tick
    tick = make_tick("BTC", "64600")
    args = (tick.symbol, tick.price, tick.trade_id, tick.event_time_ms, tick.received_time_us, tick.source, 1)
    assert b'"advancing":"1"' in order_state.fcall(f"{PREFIX}apply_tick", 1, shard_tag(0), *args)
    found = verify(database, order_state, slow)
    assert found.is_clean, found.difference
    assert found.notes == tuple(
        f"shard 0: trailing stops of BTC {side} left out, a tick is moving them" for side in ("long", "short")
    )
    # When the next one finishes it, nothing is left out
    market.trades_at("64601")
    found = verify(database, order_state, slow)
    assert (found.difference, found.notes) == (None, ())
    assert found.counts.triggers == 5 + 5


def test_long_work_says_how_far_it_is(
    database: sa.Engine,
    order_state: redis.Redis,
    desk: OrderDesk,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trade_a_little(desk)
    journal(database, order_state, settings)
    lines: list[str] = []
    verify(database, order_state, settings, tell=lines.append)
    assert lines == []
    # When no time is too short to be told of
    monkeypatch.setattr(report, "TELL_EVERY_S", 0)
    events = verify(database, order_state, settings, tell=lines.append).counts.events
    assert f"0 s: {events} events" in lines
    assert any("accounts in Redis" in line for line in lines)


def test_every_shard_is_looked_at(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    sharded = settings.model_copy(update={"order_shards": 3})
    load_and_open(order_state, sharded)
    trade_a_little(OrderDesk(order_state, sharded), traders=6, shards=3)
    journal(database, order_state, sharded)
    found = verify(database, order_state, sharded)
    assert found.is_clean, found.difference
    assert found.counts.accounts == 6
    assert len({bytes(row["hash"]) for row in rows(database, JournalOffset, "shard")}) == 3


@pytest.mark.parametrize("kept", [0, 3])
def test_a_trimmed_stream_is_clean(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings, kept: int
) -> None:
    trade_a_little(desk)
    journal(database, order_state, settings.model_copy(update={"events_kept": kept}))
    assert order_state.xlen(events_key(0)) <= kept + 1
    assert verify(database, order_state, settings).is_clean


def test_an_order_state_that_was_restored_is_clean(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk)
    journal(database, order_state, settings)
    kept = [take_snapshot(order_state, 0, [trader.user_id]).accounts[0] for trader in traders]
    # When Redis lost everything, its stream too
    restore_and_open(order_state, settings, kept)
    assert verify(database, order_state, settings).is_clean


def test_it_works_while_the_desk_trades_and_the_journal_follows(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    # Given a stream that is trimmed at once, behind a journal that never rests
    restless = settings.model_copy(update={"events_kept": 0, "journal_batch_max": 20})
    trade_a_little(desk, traders=5)
    journal(database, order_state, restless)
    stop = threading.Event()
    failures: list[BaseException] = []

    def trade() -> None:
        dice = random.Random(7)
        try:
            while not stop.is_set():
                trader = trade_a_little(desk, traders=1)[0]
                desk.deposit(trader.user_id, request(), dice.randint(1, 100))
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    def follow() -> None:
        try:
            while not stop.is_set():
                journal(database, order_state, restless)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work) for work in (trade, follow)]
    for thread in threads:
        thread.start()
    reports = [verify(database, order_state, settings) for _ in range(12)]
    # However little the threads got to run meanwhile.
    while not failures and reports[-1].counts.events == reports[0].counts.events:
        reports.append(verify(database, order_state, settings))
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not failures, failures
    assert [found.difference for found in reports] == [None] * len(reports)
    journal(database, order_state, settings)
    assert verify(database, order_state, settings).is_clean
