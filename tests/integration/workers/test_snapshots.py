"""Snapshots: accounts as they stand, with the event they stand at."""

from dataclasses import asdict
from operator import itemgetter
from uuid import UUID

import orjson
import redis
import sqlalchemy as sa
from structlog.testing import capture_logs

from models import OrderSnapshot, UserSnapshot
from operators.lags import SnapshotLag, snapshot_lag
from orders.client import OrderDesk
from orders.events import newest_event_id
from orders.keys import account_key
from orders.library import load
from runtime.settings import Settings
from tests.support.books import rows
from tests.support.opening import load_and_open, open_all
from tests.support.trading import START_BALANCE, Market, Trader, request
from tests.support.trading_day import trade_a_little
from workers.orders import ShardJournal
from workers.snapshots import refresh_trailing, take_snapshots


def journal(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    assert ShardJournal(database, order_state, settings, shard=0).catch_up(seconds=10)


def snapshot(database: sa.Engine, desk: OrderDesk, *, accounts_max: int = 1000, kept: int = 20) -> int:
    with database.begin() as connection:
        _, taken = take_snapshots(connection, desk, accounts_max=accounts_max, snapshots_kept=kept)
        return taken


def seqs(database: sa.Engine, trader: Trader) -> list[int]:
    found = rows(database, UserSnapshot, "seq")
    return [row["seq"] for row in found if row["user_id"] == UUID(trader.user_id)]


def test_a_snapshot_holds_the_account_its_positions_and_the_event(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    traders = trade_a_little(desk, traders=2)
    journal(database, order_state, settings)
    assert snapshot(database, desk) == 2
    users = {row["user_id"]: row for row in rows(database, UserSnapshot, "user_id")}
    newest = newest_event_id(order_state, 0)
    assert newest is not None
    for trader in traders:
        account = desk.account(trader.user_id)
        row = users[UUID(trader.user_id)]
        assert (row["balance"], row["seq"], row["shard"]) == (account.balance, account.seq, 0)
        assert (row["event_ms"], row["event_number"]) == (newest.ms, newest.number)
        held = [
            order["position"]
            for order in rows(database, OrderSnapshot, "order_id")
            if order["user_id"] == UUID(trader.user_id)
        ]
        expected = [
            orjson.loads(orjson.dumps(asdict(position))) | {"place": place}
            for place, position in enumerate(account.positions)
        ]
        assert held == sorted(expected, key=itemgetter("order_id"))


def test_only_accounts_that_changed_are_written_again(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    first, second = trade_a_little(desk, traders=2)
    journal(database, order_state, settings)
    assert snapshot(database, desk) == 2
    assert snapshot(database, desk) == 0
    desk.deposit(first.user_id, request(), 1)
    journal(database, order_state, settings)
    assert snapshot(database, desk) == 1
    assert (len(seqs(database, first)), len(seqs(database, second))) == (2, 1)


def test_more_accounts_than_one_snapshot_takes_come_with_the_next_ones(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    for _ in range(5):
        Trader.with_balance(desk)
    journal(database, order_state, settings)
    assert [snapshot(database, desk, accounts_max=2) for _ in range(4)] == [2, 2, 1, 0]


def test_the_newest_are_kept_and_their_positions_with_them(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader, other = trade_a_little(desk, traders=2)
    journal(database, order_state, settings)
    first = desk.account(trader.user_id).seq
    snapshot(database, desk, kept=2)
    for _ in range(4):
        desk.deposit(trader.user_id, request(), 1)
        journal(database, order_state, settings)
        snapshot(database, desk, kept=2)
    assert seqs(database, trader) == [first + 3, first + 4]
    assert len(seqs(database, other)) == 1
    # Two snapshots of one and one of the other, two positions each
    assert len(rows(database, OrderSnapshot, "seq")) == 6


def test_an_account_ahead_of_the_journal_is_taken_as_it_stands(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trader = Trader.with_balance(desk)
    journal(database, order_state, settings)
    # Given a change that isn't journaled yet
    desk.deposit(trader.user_id, request(), 1)
    assert snapshot(database, desk) == 1
    assert seqs(database, trader) == [2]
    # Then journaling it calls for no other snapshot
    journal(database, order_state, settings)
    assert snapshot(database, desk) == 0


def test_accounts_that_cannot_be_taken_do_not_stand_in_the_others_way(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    """They changed first and so wait longest: a look at one account finds one of them."""
    # In the order of their ids too: they may well change in the same millisecond.
    *lost, sound = [Trader(desk, str(UUID(int=number))) for number in (1, 2, 3)]
    for trader in (*lost, sound):
        desk.open_account(trader.user_id, START_BALANCE)
    journal(database, order_state, settings)
    for trader in lost:
        order_state.delete(account_key(0, trader.user_id))
    looks = []
    with database.begin() as connection:
        for passed_over in (0, 1, 2, 3):
            looks.append(
                take_snapshots(connection, desk, accounts_max=1, snapshots_kept=5, passed_over=passed_over)
            )

    assert looks == [(1, 0), (1, 0), (1, 1), (0, 0)]
    assert seqs(database, sound) == [1]


def test_where_trailing_stops_have_got_to_is_written_anew_the_oldest_first(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    market = Market(desk)
    market.trades_at("64000")
    traders = [Trader.with_balance(desk) for _ in range(3)]
    for trader in traders[:2]:
        trader.buys(10_000, 2, trailing_distance="300")
    journal(database, order_state, settings)
    for accounts in (1, 1, 1):
        assert snapshot(database, desk, accounts_max=accounts) == 1
    market.trades_at("65000")
    peaks = [desk.account(trader.user_id).positions[0].trailing_stop for trader in traders[:2]]
    refreshed = []
    for _ in range(3):
        with database.begin() as connection:
            assert refresh_trailing(connection, desk, accounts_max=1, snapshots_kept=2) == 1
        refreshed.append(
            [
                orjson.loads(orjson.dumps(asdict(peak))) == row["position"]["trailing_stop"]
                for trader, peak in zip(traders[:2], peaks, strict=True)
                if peak
                for row in rows(database, OrderSnapshot, "order_id")
                if row["user_id"] == UUID(trader.user_id)
            ].count(True)
        )

    assert refreshed == [1, 2, 2]
    assert len(rows(database, UserSnapshot, "seq")) == 3
    assert len(rows(database, OrderSnapshot, "seq")) == 2


def test_two_never_write_at_once(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    Trader.with_balance(desk)
    journal(database, order_state, settings)
    with database.begin() as connection:
        assert take_snapshots(connection, desk, accounts_max=10, snapshots_kept=5) == (1, 1)
        # When another starts before the first has committed
        assert snapshot(database, desk) == 0
    assert len(rows(database, UserSnapshot, "seq")) == 1


def test_an_account_that_redis_lost_is_no_snapshot(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    lost, kept = Trader.with_balance(desk), Trader.with_balance(desk)
    desk.deposit(lost.user_id, request(), 1)
    journal(database, order_state, settings)
    order_state.flushdb()
    # Given one account anew, and the other gone
    load_and_open(order_state, settings)
    desk.open_account(lost.user_id, 1)
    assert snapshot(database, desk) == 0
    assert seqs(database, lost) == seqs(database, kept) == []


def test_while_the_order_state_is_closed_no_account_is_called_lost(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    trade_a_little(desk, traders=2)
    journal(database, order_state, settings)
    # A library that was loaded anew remembers no proof
    load(order_state, settings)

    with capture_logs() as said:
        assert snapshot(database, desk) == 0

    assert [line["log_level"] for line in said] == ["warning"]
    open_all(order_state, settings)
    assert snapshot(database, desk) == 2


def test_operators_are_told_how_far_snapshots_are_behind_and_what_they_take(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> None:
    def told() -> SnapshotLag:
        with database.connect() as connection:
            return snapshot_lag(connection)

    empty = told()
    assert (empty.changed, empty.oldest_s) == (0, 0)
    trade_a_little(desk, traders=3)
    journal(database, order_state, settings)

    behind = told()
    assert behind.changed == 3
    assert behind.oldest_s > 0

    snapshot(database, desk)
    up_to_date = told()
    assert (up_to_date.changed, up_to_date.oldest_s) == (0, 0)
    assert up_to_date.kept_bytes > empty.kept_bytes
