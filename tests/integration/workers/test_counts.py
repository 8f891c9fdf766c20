"""A state from before the house's profit and the exposure were counted: they are, once, when it opens."""

import pytest
import redis
import sqlalchemy as sa

from domain.instruments import ASSETS
from domain.orders import FIRST_EVENT_ID, EventId, House
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.events import newest_event_id
from orders.gate import read_state
from orders.house import begin_house
from orders.keys import exposure_key, house_key
from orders.library import load
from runtime.settings import Settings
from tests.support.books import journal
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Trader, request
from tests.support.trading_day import trade_a_little
from workers.opening import Opener
from workers.verification import verify

SHARDS = 2


@pytest.fixture
def settings(services: Services) -> Settings:
    """Two shards."""
    return make_settings(services, order_shards=SHARDS)


@pytest.fixture
def opener(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> Opener:
    """Of an order state that was empty; it is open."""
    order_state.flushdb()
    load(order_state, settings)
    opener = Opener(database, order_state, settings)
    opener.open_all()
    return opener


@pytest.fixture
def traded(opener: Opener, order_state: redis.Redis, settings: Settings, database: sa.Engine) -> list[Trader]:
    """Traders after a day that PostgreSQL has."""
    traders = trade_a_little(OrderDesk(order_state, settings), traders=6, shards=SHARDS)
    journal(database, order_state, settings)
    return traders


def test_a_state_from_before_it_was_counted_is_counted_once_when_it_opens(
    opener: Opener,
    traded: list[Trader],
    order_state: redis.Redis,
    settings: Settings,
    database: sa.Engine,
) -> None:
    # Given events that PostgreSQL has yet to get, and a state without counts
    desk = OrderDesk(order_state, settings)
    for trader in traded:
        desk.close(trader.user_id, request(), trader.positions[0].order_id)
    before = [desk.house(shard) for shard in range(SHARDS)]
    assert all(house.fees and any(map(any, house.exposures.values())) for house in before)
    forget_counts(order_state)
    load(order_state, settings)
    assert not read_state(order_state, 0).open

    assert opener.open_all() == SHARDS

    assert [desk.house(shard) for shard in range(SHARDS)] == before
    assert verify(database, order_state, settings).difference is None
    # And whoever opens it again counts nothing twice
    load(order_state, settings)
    opener.open_all()
    assert [desk.house(shard) for shard in range(SHARDS)] == before
    trade_a_little(desk, traders=2, shards=SHARDS)
    assert verify(database, order_state, settings).difference is None


def test_counts_that_are_there_are_not_touched(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, settings: Settings, database: sa.Engine
) -> None:
    order_state.hincrby(house_key(0), "fees", 1)
    order_state.delete(exposure_key(0, "BTC"))
    load(order_state, settings)
    opener.open_all()
    # What somebody changed is for verification to tell
    found = verify(database, order_state, settings).difference
    assert found is not None
    assert "the house's fees" in found.what
    order_state.hincrby(house_key(0), "fees", -1)
    assert verify(database, order_state, settings).difference is None


def test_an_open_shard_or_one_that_moved_on_takes_no_counts(
    opener: Opener, traded: list[Trader], order_state: redis.Redis, settings: Settings
) -> None:
    forget_counts(order_state)
    nothing = House(fees=0, trading=0, shortfall=0, exposures={"BTC": (0, 0)})

    def refused(newest: EventId | None) -> Code:
        with pytest.raises(Refused) as refusal:
            begin_house(order_state, 0, nothing, newest=newest or FIRST_EVENT_ID)
        return refusal.value.code

    # Open, and up to the event that it is at
    assert refused(newest_event_id(order_state, 0)) is Code.STATE_UNPROVEN
    # Closed, and as of another event
    load(order_state, settings)
    assert refused(FIRST_EVENT_ID) is Code.STATE_UNPROVEN
    assert not order_state.exists(house_key(0), exposure_key(0, "BTC"))


def forget_counts(order_state: redis.Redis) -> None:
    """As a state is that no library has counted."""
    for shard in range(SHARDS):
        order_state.delete(house_key(shard), *(exposure_key(shard, symbol) for symbol in ASSETS))
