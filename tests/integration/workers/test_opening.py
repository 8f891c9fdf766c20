"""The desk opens when Redis has what PostgreSQL has; lost, it is brought back; in doubt it stays closed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
import sqlalchemy as sa

from app import create_app
from domain.orders import EventId, Position
from models import OrderEpoch, UserSnapshot
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.events import newest_event_id
from orders.gate import begin_restore, read_state
from orders.keys import shard_of
from orders.library import load
from runtime.settings import Settings
from tests.support.back_office import BackOffice
from tests.support.books import assert_postgresql_agrees, rows
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings
from tests.support.trading import Market, Trader, request, state_of
from tests.support.trading_day import trade_a_little
from tests.support.waiting import eventually
from workers.epochs import WrongEpochError
from workers.opening import Opener, StateLostError
from workers.orders import ShardJournal
from workers.restore import IncompleteError
from workers.snapshots import take_snapshots
from workers.verification import verify

SHARDS = 2


@pytest.fixture
def settings(services: Services) -> Settings:
    """Two shards."""
    return make_settings(services, order_shards=SHARDS)


@pytest.fixture
def order_state(order_state: redis.Redis, settings: Settings) -> redis.Redis:
    """Empty, with the library loaded, and closed."""
    order_state.flushdb()
    load(order_state, settings)
    return order_state


@pytest.fixture
def opener(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> Opener:
    """Of this order state."""
    return Opener(database, order_state, settings)


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    """The order state's server, running again when the test is over."""
    server = services.servers["orders"]
    yield server
    server.stop()
    server.start().wait()


@pytest.fixture
def traded(opener: Opener, order_state: redis.Redis, settings: Settings, database: sa.Engine) -> list[Trader]:
    """Traders of an open desk after a day, journaled, with a snapshot of each."""
    opener.open_all()
    desk = OrderDesk(order_state, settings)
    traders = trade_a_little(desk, traders=6, shards=SHARDS)
    journal(database, order_state, settings)
    snapshot(database, desk)
    return traders


def journal(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    for shard in range(SHARDS):
        assert ShardJournal(database, order_state, settings, shard=shard).catch_up(seconds=10)


def snapshot(database: sa.Engine, desk: OrderDesk) -> None:
    with database.begin() as connection:
        take_snapshots(connection, desk, accounts_max=100, snapshots_kept=3)


def accounts_of(traders: list[Trader]) -> list[tuple[int, int, tuple[Position, ...]]]:
    """Balance, number of events and positions of each."""
    read = [trader.desk.account(trader.user_id) for trader in traders]
    return [(account.balance, account.seq, account.positions) for account in read]


def newest_of(order_state: redis.Redis, shard: int) -> EventId:
    """The shard's newest event; fails the test where there is none."""
    newest = newest_event_id(order_state, shard)
    assert newest is not None, f"shard {shard} has no event"
    return newest


def epochs(database: sa.Engine) -> list[int]:
    return [row["epoch"] for row in rows(database, OrderEpoch, "shard")]


def test_a_new_desk_opens_in_its_first_epoch(
    opener: Opener, order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    with pytest.raises(Refused):
        OrderDesk(order_state, settings).open_account("somebody", 5)

    assert opener.open_all() == SHARDS

    assert [read_state(order_state, shard).epoch for shard in range(SHARDS)] == [1, 1]
    assert epochs(database) == [1, 1]
    assert OrderDesk(order_state, settings).open_account("somebody", 5)
    assert opener.open_all() == 0


def test_after_kill_9_it_opens_again_with_all_that_was_there(
    opener: Opener, traded: list[Trader], server: RunningServer, database: sa.Engine
) -> None:
    before = accounts_of(traded)

    server.kill()
    server.start().wait()
    with pytest.raises(Refused) as refused:
        accounts_of(traded)

    assert refused.value.code is Code.STATE_UNPROVEN
    assert opener.open_all() == SHARDS
    assert accounts_of(traded) == before
    assert epochs(database) == [1, 1]


@pytest.mark.parametrize("later", [False, True])
def test_a_lost_state_is_brought_back(
    opener: Opener,
    traded: list[Trader],
    order_state: redis.Redis,
    database: sa.Engine,
    settings: Settings,
    later: bool,
) -> None:
    desk = OrderDesk(order_state, settings)
    if later:
        for trader in traded[:4]:
            trader.buys(1_000, 2, stop_loss="60000")
            desk.deposit(trader.user_id, request(), 5)
        journal(database, order_state, settings)
    before = accounts_of(traded)
    newest = [newest_of(order_state, shard) for shard in range(SHARDS)]
    order_state.flushdb()
    order_state.function_flush()

    assert opener.open_all() == SHARDS

    assert accounts_of(traded) == before
    assert epochs(database) == [2, 2]
    assert [newest_of(order_state, shard) for shard in range(SHARDS)] == newest
    # It goes on as if nothing had been: what is touched fires, and is journaled.
    market = Market(desk)
    market.trades_at("69000.5")
    assert market.trades_at("70500").fired >= 1
    for trader in traded:
        trader.buys(1_000, 2)
    journal(database, order_state, settings)
    assert_postgresql_agrees(database, desk, traded)


def test_without_snapshots_the_events_bring_back_all_but_where_trailing_stops_had_got_to(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    before = accounts_of(traded)
    with database.begin() as connection:
        connection.execute(sa.delete(UserSnapshot))
    order_state.flushdb()
    load(order_state, settings)

    opener.open_all()

    after = accounts_of(traded)
    assert [[each.trailing_stop for each in positions] for _, _, positions in after] != [
        [each.trailing_stop for each in positions] for _, _, positions in before
    ]
    for (balance, seq, positions), was in zip(after, before, strict=True):
        assert (balance, seq) == was[:2]
        for position, known in zip(positions, was[2], strict=True):
            assert replace(position, trailing_stop=None) == replace(known, trailing_stop=None)
            assert (position.trailing_stop is None) == (known.trailing_stop is None)


def test_where_trailing_stops_had_got_to_is_in_the_snapshot(
    opener: Opener, order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    opener.open_all()
    desk = OrderDesk(order_state, settings)
    market, trader = Market(desk), Trader.with_balance(desk)
    market.trades_at("64000")
    trader.buys(10_000, 2, trailing_distance="300")
    market.trades_at("65000")
    journal(database, order_state, settings)
    snapshot(database, desk)
    before = accounts_of([trader])
    order_state.flushdb()

    load(order_state, settings)
    opener.open_all()

    assert accounts_of([trader]) == before


def test_a_snapshot_ahead_of_the_journal_is_passed_over(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    """It tells of a change that the books don't know: of what only Redis knew nothing is brought back."""
    before = accounts_of(traded)
    for trader in traded:
        trader.desk.deposit(trader.user_id, request(), 5)
    snapshot(database, OrderDesk(order_state, settings))
    order_state.flushdb()
    load(order_state, settings)

    opener.open_all()

    assert accounts_of(traded) == before


def test_a_restore_that_stopped_half_way_begins_anew(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    before = accounts_of(traded)
    order_state.flushdb()
    load(order_state, settings)
    for shard in range(SHARDS):
        begin_restore(order_state, shard, epoch=2)
    order_state.hset("{s0}:account:somebody", "balance", 5)

    opener.open_all()

    assert accounts_of(traded) == before
    assert not order_state.exists("{s0}:account:somebody")
    assert all(epoch >= 2 for epoch in epochs(database))


def test_a_state_that_lacks_events_stays_closed_until_an_operator_gives_it_up(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    before = accounts_of(traded)
    for shard in range(SHARDS):
        order_state.xdel(f"{{s{shard}}}:events", str(newest_of(order_state, shard)))
    load(order_state, settings)
    kept = state_of(order_state)

    with pytest.raises(StateLostError, match="Redis is at event"):
        opener.open_all()
    assert state_of(order_state) == kept
    with pytest.raises(Refused):
        accounts_of(traded)

    for shard in range(SHARDS):
        opener.open(shard, restore=True)
    assert accounts_of(traded) == before
    assert epochs(database) == [2, 2]


def test_a_server_of_an_earlier_life_stays_closed_and_is_not_journaled(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(OrderEpoch).values(epoch=7))
    OrderDesk(order_state, settings).deposit(traded[0].user_id, request(), 5)
    load(order_state, settings)

    with pytest.raises(StateLostError, match="of epoch 1"):
        opener.open_all()
    shard = shard_of(traded[0].user_id, SHARDS)
    with pytest.raises(WrongEpochError, match="Redis is in epoch 1"):
        ShardJournal(database, order_state, settings, shard=shard).journal_batch()


def test_a_snapshot_that_was_changed_by_hand_is_not_restored(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(UserSnapshot).values(balance=UserSnapshot.balance + 1))
    order_state.flushdb()
    load(order_state, settings)

    with pytest.raises(IncompleteError, match="balance"):
        opener.open_all()
    with pytest.raises(Refused):
        accounts_of(traded)


def test_the_journal_process_opens_the_desk_whenever_it_is_closed(
    office: BackOffice, server: RunningServer
) -> None:
    office.order_state.flushdb()
    office.order_state.function_flush()
    process = office.start("workers.journal")

    def is_open() -> bool:
        try:
            return all(read_state(office.order_state, shard).open for shard in range(SHARDS))
        except redis.RedisError:
            return False

    eventually(is_open, what="the desk to open")
    trader = Trader.with_balance(office.desk)
    server.kill()
    server.start().wait()
    eventually(is_open, what="the desk to open after a kill")
    assert trader.balance > 0
    for shard in range(SHARDS):
        ShardJournal(office.database, office.order_state, office.settings, shard=shard).catch_up(seconds=5)
    office.order_state.flushall()
    office.order_state.function_flush()
    eventually(is_open, what="the desk to be brought back")
    assert trader.balance > 0
    assert process.stop() == 0


def test_the_first_event_after_a_restore_is_above_the_last_before(
    opener: Opener, traded: list[Trader], order_state: redis.Redis
) -> None:
    before = [newest_of(order_state, shard) for shard in range(SHARDS)]
    order_state.flushdb()
    order_state.function_flush()
    opener.open_all()

    for trader in traded:
        trader.desk.deposit(trader.user_id, request(), 5)

    after = [newest_of(order_state, shard) for shard in range(SHARDS)]
    assert all(new > old for new, old in zip(after, before, strict=True))


def test_an_operator_gives_a_shard_up(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, database: sa.Engine, settings: Settings
) -> None:
    before = accounts_of(traded)
    commands = create_app(settings).test_cli_runner()

    refused = commands.invoke(args=["orders", "restore", "2", "--yes"])
    not_sure = commands.invoke(args=["orders", "restore", "0"], input="n\n")
    epochs_before = epochs(database)
    done = [commands.invoke(args=["orders", "restore", str(shard), "--yes"]) for shard in range(SHARDS)]

    assert (refused.exit_code, not_sure.exit_code) == (2, 1)
    assert "there is no shard 2" in refused.output
    assert epochs_before == [1, 1]
    assert [result.exit_code for result in done] == [0, 0], done
    assert epochs(database) == [2, 2]
    assert accounts_of(traded) == before
    assert verify(database, order_state, settings).is_clean
