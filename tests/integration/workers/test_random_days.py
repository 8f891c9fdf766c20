"""Books of random days: clean, and every account replays to what it is."""

import pytest
import redis
import sqlalchemy as sa

from domain.orders import Account, Position
from models import ClosedOrder
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.books import assert_house_agrees, journal, position_as_told, rows
from tests.support.opening import load_and_open
from tests.support.trading_day import trade_at_random
from workers.replay import read_history, replay
from workers.verification import verify


def replayed(database: sa.Engine, account: Account) -> tuple[int, int, list[Position]]:
    """Balance, sequence number and positions as the account's events make them."""
    with database.connect() as connection:
        *_, (_, state) = replay(account.user_id, read_history(connection, account.user_id))
    return state.balance, state.seq, list(map(position_as_told, state.positions.values()))


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_random_day_is_clean_and_replays_to_what_it_is(
    database: sa.Engine, order_state: redis.Redis, settings: Settings, seed: int
) -> None:
    # Given few calls' worth of work at once, and every other day shards
    changes = {"order_shards": 1 + 2 * (seed % 2), "fired_per_call_max": 2, "trails_moved_per_call_max": 2}
    day = settings.model_copy(update=changes)
    load_and_open(order_state, day)
    desk = OrderDesk(order_state, day)
    traders = trade_at_random(desk, seed)
    # When it is verified while all events are only in the stream, and then with some of them in PostgreSQL
    ahead = verify(database, order_state, day)
    assert ahead.is_clean, ahead.difference
    journal(database, order_state, day)
    traders += trade_at_random(desk, seed + 1_000, steps=50)
    some = verify(database, order_state, day)
    assert some.is_clean, some.difference
    journal(database, order_state, day)
    # Then all of it is clean, and the house has made what the order state has counted
    assert_house_agrees(database, desk, range(day.order_shards))
    report = verify(database, order_state, day)
    assert (report.difference, report.counts.stream_events) == (None, 0)
    assert report.counts.events == ahead.counts.stream_events + some.counts.stream_events
    assert len({row["reason"] for row in rows(database, ClosedOrder, "order_id")}) >= 4
    for trader in traders:
        account = desk.account(trader.user_id)
        expected = account.balance, account.seq, list(map(position_as_told, account.positions))
        assert replayed(database, account) == expected
