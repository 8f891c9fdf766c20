"""Every change of an account is one event: numbered without gaps, published as it lies in the stream."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import redis

from domain.orders import EventKind, OrderEvent, Position
from orders.client import OrderDesk
from orders.events import newest_event_id
from orders.keys import orders_channel
from tests.support.trading import Market, Trader, events, position_of, request
from tests.support.waiting import eventually


@pytest.fixture
def busy(desk: OrderDesk) -> Trader:
    """A trader who did everything that there is to do; one position is left open."""
    market, trader = Market(desk), Trader.with_balance(desk)
    do_everything(desk, market, trader)
    return trader


def do_everything(desk: OrderDesk, market: Market, trader: Trader) -> None:
    """One of each change; a tick fires a take profit, and one a trailing stop."""
    market.trades_at("64500.12")
    desk.deposit(trader.user_id, request(), 1_000)
    kept = position_of(trader.buys(10_000, 10)).order_id
    desk.add_margin(trader.user_id, request(), kept, 5_000)
    desk.modify(trader.user_id, request(), kept, stop_loss=600_000_000)
    desk.partial_close(trader.user_id, request(), kept, percentage=25, part_id="part")
    closed = position_of(trader.sells(2_000, 2)).order_id
    desk.close(trader.user_id, request(), closed)
    trader.buys(10_000, 10, take_profit="64600")
    market.trades_at("64700")
    trader.buys(10_000, 10, trailing_distance="100")
    market.trades_at("64900")
    market.trades_at("64790")
    desk.reset(trader.user_id, request(), 500_000)
    trader.buys(20_000, 5, trailing_distance="100")


KINDS = [
    EventKind.ACCOUNT_OPENED,
    EventKind.DEPOSITED,
    EventKind.OPENED,
    EventKind.MARGIN_ADDED,
    EventKind.MODIFIED,
    EventKind.CLOSED,
    EventKind.REDUCED,
    EventKind.OPENED,
    EventKind.CLOSED,
    EventKind.OPENED,
    EventKind.CLOSED,
    EventKind.OPENED,
    EventKind.CLOSED,
    EventKind.CLOSED,
    EventKind.RESET,
    EventKind.OPENED,
]


def test_every_change_is_one_event_and_numbers_have_no_gaps(order_state: redis.Redis, busy: Trader) -> None:
    told = events(order_state, busy.user_id)

    assert [event.kind for event in told] == KINDS
    assert [event.seq for event in told] == list(range(1, len(KINDS) + 1))
    assert [event.event_id for event in told] == sorted({event.event_id for event in told})


def test_an_event_tells_the_balance_after_it(order_state: redis.Redis, busy: Trader) -> None:
    told = events(order_state, busy.user_id)

    moved = [_money_moved(event) for event in told]
    balances = [event.balance for event in told]
    assert balances == [sum(moved[: number + 1]) for number in range(len(moved))]
    assert balances[-1] == busy.balance


def _money_moved(event: OrderEvent) -> int:
    match event.kind:
        case EventKind.ACCOUNT_OPENED | EventKind.DEPOSITED | EventKind.RESET | EventKind.ADJUSTED:
            return event.amount
        case EventKind.OPENED:
            return -(position_of(event).margin + event.fee)
        case EventKind.MARGIN_ADDED:
            return -(event.amount + event.fee)
        case EventKind.CLOSED:
            assert event.closing is not None
            return event.closing.credit
        case EventKind.REDUCED | EventKind.MODIFIED:
            return 0


def test_the_events_replay_to_the_account_as_it_stands(order_state: redis.Redis, busy: Trader) -> None:
    replayed: dict[str, Position] = {}
    for event in events(order_state, busy.user_id):
        if event.position is None:
            continue
        if event.kind is EventKind.CLOSED:
            replayed.pop(event.position.order_id, None)
        else:
            replayed[event.position.order_id] = event.position

    assert tuple(replayed.values()) == busy.positions
    assert len(busy.positions) == 1


def test_a_published_event_is_the_entry_of_the_stream(desk: OrderDesk, order_state: redis.Redis) -> None:
    trader = Trader.with_balance(desk)
    with order_state.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
        listener.subscribe(orders_channel(trader.user_id))
        listener.get_message(timeout=5)
        do_everything(desk, Market(desk), trader)
        published = list(_messages(listener, len(KINDS) - 1))

    told = events(order_state, trader.user_id)[1:]
    assert published == [{**event.fields, "event_id": str(event.event_id)} for event in told]


def _messages(listener: Any, number: int) -> Iterator[dict[str, str]]:
    for _ in range(number):
        yield orjson.loads(eventually(lambda: listener.get_message(timeout=1))["data"])


def test_events_of_one_account_are_not_published_to_another(
    desk: OrderDesk, order_state: redis.Redis
) -> None:
    Market(desk).trades_at("64500.12")
    trader, stranger = Trader.with_balance(desk), Trader.with_balance(desk)
    with order_state.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
        listener.subscribe(orders_channel(stranger.user_id))
        listener.get_message(timeout=5)
        trader.buys(10_000, 10)
        stranger.sells(10_000, 10)
        [first] = _messages(listener, 1)

    assert first["user_id"] == stranger.user_id


def test_an_account_knows_the_newest_event_it_contains(
    desk: OrderDesk, order_state: redis.Redis, busy: Trader
) -> None:
    account = desk.account(busy.user_id)

    assert (
        account.last_event_id
        == newest_event_id(order_state, 0)
        == events(order_state, busy.user_id)[-1].event_id
    )
    assert account.seq == desk.seq(busy.user_id) == len(KINDS)
