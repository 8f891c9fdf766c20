"""Nothing is traded before the state is proven, and a proof holds for one life of a server."""

from collections.abc import Callable

import pytest
import redis

from domain.orders import FIRST_EVENT_ID, EventId, Side
from orders.client import OpenOrder, OrderDesk
from orders.codes import Code, Refused
from orders.events import newest_event_id
from orders.gate import begin_epoch, begin_restore, end_restore, open_shard, read_state
from orders.library import load
from orders.snapshots import take_snapshot
from runtime.settings import Settings
from tests.support.opening import EPOCH, empty_for_restore, open_all
from tests.support.trading import Market, Trader, make_tick, request, state_of

ORDER = OpenOrder("an-order", "BTC", Side.LONG, 10_000, 10)

CALLS: dict[str, Callable[[OrderDesk, redis.Redis], object]] = {
    "open_account": lambda desk, _: desk.open_account("somebody", 5),
    "deposit": lambda desk, _: desk.deposit("somebody", request(), 5),
    "reset": lambda desk, _: desk.reset("somebody", request(), 5),
    "open": lambda desk, _: desk.open("somebody", request(), ORDER),
    "preview": lambda desk, _: desk.preview("somebody", ORDER),
    "close": lambda desk, _: desk.close("somebody", request(), "an-order"),
    "close_all": lambda desk, _: desk.close_all("somebody", request()),
    "partial_close": lambda desk, _: desk.partial_close(
        "somebody", request(), "an-order", percentage=50, part_id="a-part"
    ),
    "modify": lambda desk, _: desk.modify("somebody", request(), "an-order", stop_loss=5),
    "add_margin": lambda desk, _: desk.add_margin("somebody", request(), "an-order", 5),
    "account": lambda desk, _: desk.account("somebody"),
    "apply_tick": lambda desk, _: desk.apply_tick(make_tick("BTC", "64500.12")),
    "snapshot": lambda _, client: take_snapshot(client, 0, ["somebody"]),
}


@pytest.fixture
def closed(order_state: redis.Redis, settings: Settings) -> OrderDesk:
    """A desk of one account with a position, its library loaded anew."""
    desk = OrderDesk(order_state, settings)
    Market(desk).trades_at("64500.12")
    Trader.with_balance(desk).buys(10_000, 10, take_profit="65000")
    load(order_state, settings)
    return desk


@pytest.mark.parametrize("call", CALLS)
def test_unproven_it_does_nothing(closed: OrderDesk, order_state: redis.Redis, call: str) -> None:
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        CALLS[call](closed, order_state)

    assert refused.value.code is Code.STATE_UNPROVEN
    assert state_of(order_state) == before
    assert closed.quotes() == {}
    assert not read_state(order_state, 0).open


def test_proven_it_goes_on(closed: OrderDesk, order_state: redis.Redis) -> None:
    newest = newest_event_id(order_state, 0)
    assert newest is not None

    open_shard(order_state, 0, epoch=EPOCH, journaled=newest)

    state = read_state(order_state, 0)
    assert (state.epoch, state.open, state.restoring) == (EPOCH, True, False)
    assert state.last_event_id == newest
    assert Market(closed).trades_at("65100").fired == 1


def test_a_state_that_lacks_what_postgresql_has_stays_closed(
    closed: OrderDesk, order_state: redis.Redis
) -> None:
    newest = newest_event_id(order_state, 0)
    assert newest is not None
    before = state_of(order_state)

    for later in (EventId(newest.ms, newest.number + 1), EventId(newest.ms + 1, 0), EventId(10**13, 7)):
        with pytest.raises(Refused) as refused:
            open_shard(order_state, 0, epoch=EPOCH, journaled=later)
        assert refused.value.code is Code.STATE_UNPROVEN

    assert state_of(order_state) == before
    with pytest.raises(Refused):
        closed.open_account("somebody", 5)


def test_a_state_of_another_epoch_stays_closed(closed: OrderDesk, order_state: redis.Redis) -> None:
    for epoch in (EPOCH - 1, EPOCH + 1):
        with pytest.raises(Refused) as refused:
            open_shard(order_state, 0, epoch=epoch, journaled=FIRST_EVENT_ID)
        assert refused.value.code is Code.STATE_UNPROVEN

    with pytest.raises(Refused):
        closed.open_account("somebody", 5)


def test_an_empty_state_is_no_first_epoch_where_postgresql_has_events(
    order_state: redis.Redis, settings: Settings
) -> None:
    order_state.flushdb()
    load(order_state, settings)

    with pytest.raises(Refused) as refused:
        begin_epoch(order_state, 0, epoch=1, journaled=EventId(5, 0))

    assert refused.value.code is Code.STATE_UNPROVEN
    assert read_state(order_state, 0).epoch is None
    begin_epoch(order_state, 0, epoch=1, journaled=FIRST_EVENT_ID)
    assert read_state(order_state, 0).epoch == 1


def test_a_state_from_before_epochs_were_counted_gets_its_first(
    closed: OrderDesk, order_state: redis.Redis
) -> None:
    order_state.delete("{s0}:state")
    newest = newest_event_id(order_state, 0)
    assert newest is not None

    begin_epoch(order_state, 0, epoch=1, journaled=newest)
    open_shard(order_state, 0, epoch=1, journaled=newest)

    assert closed.open_account("somebody", 5)


def test_what_was_emptied_while_it_traded_closes(order_state: redis.Redis, settings: Settings) -> None:
    desk = OrderDesk(order_state, settings)
    market = Market(desk)
    market.trades_at("64500.12")

    order_state.flushdb()

    with pytest.raises(Refused) as refused:
        desk.open_account("somebody", 5)
    assert refused.value.code is Code.STATE_UNPROVEN
    order_state.function_flush()
    with pytest.raises(redis.ResponseError, match="Function not found"):
        desk.open_account("somebody", 5)


def test_a_restore_keeps_it_closed_until_its_end(order_state: redis.Redis, settings: Settings) -> None:
    empty_for_restore(order_state, settings)
    desk = OrderDesk(order_state, settings)

    with pytest.raises(Refused) as refused:
        open_shard(order_state, 0, epoch=EPOCH, journaled=FIRST_EVENT_ID)
    assert refused.value.code is Code.STATE_UNPROVEN
    with pytest.raises(Refused):
        desk.open_account("somebody", 5)
    with pytest.raises(Refused):
        begin_restore(order_state, 0, epoch=EPOCH + 1)

    end_restore(order_state, 0, newest=None)
    open_all(order_state, settings)
    assert desk.open_account("somebody", 5)


def test_events_after_a_restore_come_after_those_before(order_state: redis.Redis, settings: Settings) -> None:
    """Also when the new server's clock is behind the lost one's."""
    last = EventId(10**14, 3)
    empty_for_restore(order_state, settings)

    end_restore(order_state, 0, newest=(last, {"kind": "account_opened", "user_id": "somebody"}))
    open_shard(order_state, 0, epoch=EPOCH, journaled=last)
    OrderDesk(order_state, settings).open_account("somebody else", 5)

    newest = newest_event_id(order_state, 0)
    assert newest is not None
    assert newest > last
