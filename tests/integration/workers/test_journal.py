"""Order events from the real order desk to PostgreSQL: each once, and all that follows from it."""

import random
import threading
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.orders import FIRST_EVENT_ID
from models import ActiveOrder, ClosedOrder, JournalOffset, LedgerEntry, OrderEventRow
from orders.client import OrderDesk, Trigger
from orders.events import newest_event_id, read_events
from orders.gate import read_state
from orders.keys import events_key
from runtime.broker import Actor, Queue, enqueue
from runtime.settings import Settings
from tests.support.back_office import BackOffice, keep_commits
from tests.support.books import assert_ledger_agrees, assert_postgresql_agrees, rows
from tests.support.opening import load_and_open
from tests.support.services import RunningServer, Services
from tests.support.trading import START_BALANCE, Market, Trader, position_of, request
from tests.support.trading_day import trade_a_little
from tests.support.waiting import LIMIT_S, eventually
from workers.hashchain import FIRST_HASH
from workers.journal_tables import chain
from workers.orders import ShardJournal
from workers.projection import BrokenSequenceError


def journal_of(
    database: sa.Engine, order_state: redis.Redis, settings: Settings, shard: int = 0, **changed: int
) -> ShardJournal:
    """A shard's journal, with settings changed for it."""
    return ShardJournal(database, order_state, settings.model_copy(update=changed), shard=shard)


def wait_for_events(office: BackOffice, count: int, limit_s: float = LIMIT_S) -> None:
    """Until PostgreSQL has at least so many."""
    eventually(lambda: office.count(OrderEventRow) >= count, limit_s=limit_s, what=f"{count} events")


def test_every_event_is_journaled_with_all_that_follows(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk)
    assert journal_of(database, order_state, settings).catch_up(seconds=10)
    assert_postgresql_agrees(database, desk, traders)
    # Then the events are there word for word, in their order
    events = read_events(order_state, 0, after=FIRST_EVENT_ID, limit=10_000)
    stored = rows(database, OrderEventRow, "event_ms", "event_number")
    assert [row["fields"] for row in stored] == [dict(event.fields) for event in events]
    # And so is history: for each trader by hand, by the reset, in part, and by triggers, those with a receipt
    closed = rows(database, ClosedOrder, "reason")
    told = sorted((row["reason"], row["receipt_trade_id"] is not None) for row in closed)
    by_hand = [("manual", False), ("manual", False), ("partial_close", False)]
    by_tick = [("liquidation", True), ("stop_loss", True), ("trailing_stop", True)]
    assert told == sorted([*by_hand, *by_tick] * 3)
    assert any(row["shortfall"] > 0 for row in closed)


@pytest.mark.parametrize("balance", [START_BALANCE, 0, START_BALANCE + 77])
def test_a_reset_is_booked_as_its_closings_and_the_difference(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings, balance: int
) -> None:
    Market(desk).trades_at("64500.12")
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 10)
    # When a fee of 50, a spread of 19 and another fee are lost by then
    was = desk.reset(trader.user_id, request(), balance)
    assert journal_of(database, order_state, settings).catch_up(seconds=10)
    # Then all that is left of them is made up for, or taken away, from outside
    event = was.reset.event_id
    booked = {
        row["account"]: row["amount"]
        for row in rows(database, LedgerEntry, "account")
        if (row["event_ms"], row["event_number"]) == (event.ms, event.number)
    }
    amount = balance - (START_BALANCE - 50 - 19 - 50)
    assert booked == {"trader_cash": amount, "deposits": -amount}
    assert_postgresql_agrees(database, desk, [trader])


def test_a_trailing_stop_is_kept_as_the_newest_event_told_it(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64500.12")
    order_id = position_of(trader.buys(10_000, 10, trailing_distance="1000")).order_id
    journal = journal_of(database, order_state, settings)

    def kept() -> tuple[int | None, ...]:
        assert journal.catch_up(seconds=10)
        [row] = rows(database, ActiveOrder, "order_id")
        return row["trailing_distance"], row["trailing_peak"], row["trailing_price"]

    assert kept() == (10_000_000, 644_936_700, 634_936_700)
    # A tick that moves it is no event
    market.trades_at("65145.1212")
    assert kept() == (10_000_000, 644_936_700, 634_936_700)
    # What comes next tells how far it has got
    desk.modify(trader.user_id, request(), order_id, take_profit=700_000_000)
    assert kept() == (10_000_000, 651_386_067, 641_386_067)
    # And the row is the position that Redis has
    with Session(database) as session:
        assert session.scalars(sa.select(ActiveOrder)).one().position == trader.positions[0]
    desk.modify(trader.user_id, request(), order_id, trailing_distance=Trigger.REMOVE)
    assert kept() == (None, None, None)


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 1000])
def test_however_the_events_are_cut_into_transactions_the_tables_are_the_same(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings, batch: int
) -> None:
    traders = trade_a_little(desk)
    assert journal_of(database, order_state, settings, journal_batch_max=batch).catch_up(seconds=30)
    assert_postgresql_agrees(database, desk, traders)
    # And one chain runs through all of them
    stored = [dict(row) for row in rows(database, OrderEventRow, "event_ms", "event_number")]
    hashes = [row["hash"] for row in stored]
    assert chain(FIRST_HASH, stored) == hashes[-1] == rows(database, JournalOffset, "shard")[0]["hash"]
    assert [row["hash"] for row in stored] == hashes


def test_nudges_too_many_change_nothing(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk)
    journal = journal_of(database, order_state, settings)
    for _ in range(5):
        assert journal.catch_up(seconds=10)
    assert_postgresql_agrees(database, desk, traders)
    assert journal.journal_batch() == 0


def test_journals_at_the_same_time_take_turns(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    # Given four at one shard, with small transactions, while trading goes on
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        journal = journal_of(database, order_state, settings, journal_batch_max=random.randint(1, 5))
        try:
            while not stop.is_set():
                journal.catch_up(seconds=10)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    traders = [trader for _ in range(4) for trader in trade_a_little(desk)]
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not failures, failures
    assert journal_of(database, order_state, settings).catch_up(seconds=10)
    assert_postgresql_agrees(database, desk, traders)


def test_a_transaction_that_fails_leaves_nothing_behind(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk, traders=1)
    # Given an event that contradicts itself behind good ones: credit without end
    bad: dict[Any, Any] = dict(read_events(order_state, 0, after=FIRST_EVENT_ID, limit=1)[0].fields)
    bad |= {"seq": str(desk.account(traders[0].user_id).seq + 1), "balance": "-1"}
    bad_id = order_state.xadd(events_key(0), bad)
    with pytest.raises(sa.exc.IntegrityError, match="balance_not_negative"):
        journal_of(database, order_state, settings).catch_up(seconds=10)
    # Then not even the good ones of its transaction are there
    assert rows(database, OrderEventRow, "seq") == []
    assert rows(database, JournalOffset, "shard") == []
    # And without it all are
    order_state.xdel(events_key(0), bad_id)
    assert journal_of(database, order_state, settings).catch_up(seconds=10)
    assert_postgresql_agrees(database, desk, traders)


def test_events_that_are_missing_are_not_passed_over(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = trade_a_little(desk, traders=1)[0]
    journal = journal_of(database, order_state, settings)
    journal.catch_up(seconds=10)
    # When an event is lost between two transactions
    desk.deposit(trader.user_id, request(), 1)
    order_state.xdel(events_key(0), str(newest_event_id(order_state, 0)))
    desk.deposit(trader.user_id, request(), 2)
    with pytest.raises(BrokenSequenceError):
        journal.catch_up(seconds=10)


def test_the_stream_is_trimmed_only_behind_what_postgresql_has(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk)
    total = order_state.xlen(events_key(0))
    # When ten events are journaled, of which four may stay
    journal = journal_of(database, order_state, settings, journal_batch_max=10, events_kept=4)
    assert journal.journal_batch() == 10
    # Then what isn't journaled is all there
    assert order_state.xlen(events_key(0)) >= total - 10
    assert journal.catch_up(seconds=10)
    assert order_state.xlen(events_key(0)) <= 5
    assert_postgresql_agrees(database, desk, traders)
    # And what comes afterwards is journaled from there
    trade = trade_a_little(desk, traders=1)
    assert journal.catch_up(seconds=10)
    assert_postgresql_agrees(database, desk, traders + trade)


def test_every_shard_has_its_own_offset(
    database: sa.Engine, order_state: redis.Redis, settings: Settings
) -> None:
    sharded = settings.model_copy(update={"order_shards": 3})
    load_and_open(order_state, sharded)
    desk = OrderDesk(order_state, sharded)
    traders = trade_a_little(desk, traders=6, shards=3)
    for shard in (2, 0, 1):
        assert journal_of(database, order_state, sharded, shard).catch_up(seconds=10)
    assert_postgresql_agrees(database, desk, traders)
    assert len(rows(database, JournalOffset, "shard")) == 3


def test_an_event_is_in_postgresql_at_once(office: BackOffice) -> None:
    # Given the journal process and workers, and no schedule
    journal = office.start("workers.journal")
    office.start_worker()
    trader = Trader.with_balance(office.desk)
    eventually(lambda: office.count(OrderEventRow) == 1)
    # When one deposits
    for number in range(2, 7):
        office.desk.deposit(trader.user_id, request(), 1)
        # Then it is there, long before a schedule would have told of it
        wait_for_events(office, number, limit_s=5)
    assert_ledger_agrees(office.database)
    assert journal.stop() == 0


def test_kill_9_of_everything_amid_trading_loses_and_doubles_nothing(office: BackOffice) -> None:
    traders = []
    for _ in range(3):
        worker, journal = office.start_worker(journal_batch_max=3), office.start("workers.journal")
        before = office.count(OrderEventRow)
        traders += trade_a_little(office.desk, traders=4)
        wait_for_events(office, before + 1)
        worker.kill()
        journal.kill()
    # When they come back
    office.start_worker()
    office.start("workers.journal")
    eventually(lambda: office.count(OrderEventRow) == office.order_state.xlen(events_key(0)), limit_s=20)
    assert_postgresql_agrees(office.database, office.desk, traders)


def test_with_postgresql_away_events_wait_and_then_all_come(
    office: BackOffice, postgres: RunningServer
) -> None:
    keep_commits(office.database)
    worker, journal = office.start_worker(), office.start("workers.journal")
    office.start("workers.schedule", journal_nudge_s=0.5)
    traders = trade_a_little(office.desk, traders=1)
    eventually(lambda: office.count(OrderEventRow) == office.order_state.xlen(events_key(0)))
    # When PostgreSQL is away while trading goes on
    postgres.kill()
    traders += trade_a_little(office.desk, traders=1)
    eventually(lambda: "a server is away" in worker.output)
    postgres.start().wait()
    # Then the schedule's nudges bring what is missing
    eventually(lambda: office.count(OrderEventRow) == office.order_state.xlen(events_key(0)), limit_s=20)
    assert_postgresql_agrees(office.database, office.desk, traders)
    assert worker.running
    assert journal.running


def test_the_journal_process_outlives_both_redis_servers(office: BackOffice, services: Services) -> None:
    journal = office.start("workers.journal")
    office.start_worker()
    trader = Trader.with_balance(office.desk)
    eventually(lambda: office.count(OrderEventRow) == 1)
    for server in ("orders", "queues"):
        services.servers[server].kill()
        services.servers[server].start().wait()
        eventually(lambda: read_state(office.order_state, 0).open, limit_s=20, what="the desk to open again")
        before = office.count(OrderEventRow)
        office.desk.deposit(trader.user_id, request(), 1)
        wait_for_events(office, before + 1, limit_s=20)
    assert journal.running


def test_a_nudge_for_a_shard_without_events_does_nothing(office: BackOffice) -> None:
    worker = office.start_worker()
    enqueue(office.broker, Actor.JOURNAL, Queue.ORDERS, 0)
    eventually(lambda: "Completed" in worker.output)
    assert office.count(JournalOffset) == 0
