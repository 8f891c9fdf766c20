"""RESUME: a client that comes back is told what it missed, in order, once; or the account as it stands."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
import sqlalchemy as sa

from orders.client import OrderDesk
from orders.events import newest_event_id, trim_events
from runtime.settings import Settings
from tests.support.relay import Relay, StreamClient, running_relay
from tests.support.services import Services
from tests.support.trading import Market, Trader, position_of, request
from workers.orders import ShardJournal

RESUME_MAX = 20


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


def journal(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    """Everything so far is in PostgreSQL."""
    assert ShardJournal(database, order_state, settings, shard=0).catch_up(seconds=10)


def deposits(desk: OrderDesk, trader: Trader, times: int) -> None:
    for _ in range(times):
        desk.deposit(trader.user_id, request(), 1)


def resuming(relay: Relay, user_id: str, seq: int) -> StreamClient:
    """A client that says where it is before it says who it is."""
    client = relay.connect()
    client.says("RESUME", seq=seq)
    client.says("AUTH", token=relay.token_of(user_id))
    assert client.hears() == {"type": "AUTHENTICATED", "userId": user_id}
    return client


def until_resumed(client: StreamClient) -> tuple[list[dict[str, Any]], int]:
    """What is told before RESUMED, and the number that RESUMED says."""
    heard = []
    while (message := client.hears())["type"] != "RESUMED":
        heard.append(message)
    return heard, message["seq"]


@pytest.mark.parametrize("journaled", [0, 3, 6], ids=["nothing", "half", "all"])
def test_what_was_missed_comes_before_what_comes(
    relay: Relay,
    desk: OrderDesk,
    database: sa.Engine,
    order_state: redis.Redis,
    settings: Settings,
    journaled: int,
) -> None:
    """However far the journal is."""
    trader = Trader.with_balance(desk)
    deposits(desk, trader, journaled)
    if journaled:
        journal(database, order_state, settings)
    deposits(desk, trader, 6 - journaled)

    with resuming(relay, trader.user_id, 2) as client:
        missed, seq = until_resumed(client)
        desk.deposit(trader.user_id, request(), 1)
        live = client.hears()

    assert [message["seq"] for message in missed] == [3, 4, 5, 6, 7]
    assert (seq, live["seq"]) == (7, 8)


def test_missed_messages_are_word_for_word_what_others_heard(
    relay: Relay,
    desk: OrderDesk,
    market: Market,
    database: sa.Engine,
    order_state: redis.Redis,
    settings: Settings,
) -> None:
    """Of every kind, from PostgreSQL and from the stream."""
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as witness:
        order_id = position_of(trader.buys(10_000, 10, stop_loss="60000", trailing_distance="300")).order_id
        desk.add_margin(trader.user_id, request(), order_id, 5_000)
        desk.partial_close(trader.user_id, request(), order_id, percentage=25, part_id=str(uuid4()))
        trader.sells(10_000, 100)
        journal(database, order_state, settings)
        market.trades_at("66000")
        market.trades_at("65000")
        desk.reset(trader.user_id, request(), 500_000)
        newest = desk.seq(trader.user_id)
        told = [witness.hears() for _ in range(newest - 1)]

    with resuming(relay, trader.user_id, 1) as client:
        assert until_resumed(client) == (told, newest)
        client.hears_nothing_more()
    assert {message["type"] for message in told} == {
        "BALANCE",
        "ORDER_OPENED",
        "ORDER_UPDATED",
        "ORDER_CLOSED",
        "ORDER_LIQUIDATED",
    }


def test_who_missed_nothing_is_told_so(relay: Relay, desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    deposits(desk, trader, 2)

    with resuming(relay, trader.user_id, 3) as client:
        assert until_resumed(client) == ([], 3)
        client.hears_nothing_more()


def test_resume_after_auth_tells_what_came_before_the_first_live_message(
    relay: Relay, desk: OrderDesk
) -> None:
    trader = Trader.with_balance(desk)
    deposits(desk, trader, 3)
    with relay.signed_in(trader.user_id) as client:
        deposits(desk, trader, 2)
        assert [client.hears()["seq"] for _ in range(2)] == [5, 6]

        client.says("RESUME", seq=1)

        missed, seq = until_resumed(client)
        assert ([message["seq"] for message in missed], seq) == ([2, 3, 4], 6)
        deposits(desk, trader, 1)
        assert client.hears()["seq"] == 7


def test_resuming_what_was_told_on_the_same_line_tells_nothing_twice(relay: Relay, desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        deposits(desk, trader, 3)
        assert [client.hears()["seq"] for _ in range(3)] == [2, 3, 4]

        client.says("RESUME", seq=3)

        assert until_resumed(client) == ([], 4)


def test_too_much_missed_is_told_as_the_account_as_it_stands(
    migrated: Services, desk: OrderDesk, market: Market, tmp_path: Path
) -> None:
    trader = Trader.with_balance(desk)
    with running_relay(migrated, tmp_path, stream_resume_max=RESUME_MAX) as relay:
        with relay.signed_in(trader.user_id) as witness:
            trader.buys(10_000, 10, take_profit="70000")
            trader.sells(20_000, 5)
            opened = [witness.hears()["data"] for _ in range(2)]
        deposits(desk, trader, RESUME_MAX - 1)
        balance = trader.balance

        with resuming(relay, trader.user_id, 1) as client:
            [snapshot], seq = until_resumed(client)
            deposits(desk, trader, 1)
            assert client.hears()["seq"] == seq + 1
        with resuming(relay, trader.user_id, seq + 1 - RESUME_MAX) as other:
            missed, _ = until_resumed(other)

    for order in opened:
        del order["balance"]
    assert snapshot == {
        "type": "SNAPSHOT",
        "seq": RESUME_MAX + 2,
        "data": {"balance": {"usd": balance / 100, "cents": balance}, "orders": opened},
    }
    assert seq == RESUME_MAX + 2
    assert len(missed) == RESUME_MAX


def test_a_number_of_the_future_is_answered_by_the_account_as_it_stands(
    relay: Relay, desk: OrderDesk
) -> None:
    """As a client says it whose desk was made anew meanwhile."""
    trader = Trader.with_balance(desk)

    with resuming(relay, trader.user_id, 1_000_000) as client:
        [snapshot], seq = until_resumed(client)

    assert (snapshot["type"], snapshot["seq"], seq) == ("SNAPSHOT", 1, 1)


def test_a_number_of_the_future_on_a_line_that_hears_already_does_not_silence_it(
    relay: Relay, desk: OrderDesk
) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        deposits(desk, trader, 1)
        assert client.hears()["seq"] == 2

        client.says("RESUME", seq=1_000_000)

        [snapshot], seq = until_resumed(client)
        assert (snapshot["type"], snapshot["seq"], seq) == ("SNAPSHOT", 2, 2)
        deposits(desk, trader, 1)
        assert client.hears()["seq"] == 3


def test_what_is_neither_journaled_nor_in_the_stream_is_told_as_a_snapshot(
    relay: Relay, desk: OrderDesk, order_state: redis.Redis
) -> None:
    trader = Trader.with_balance(desk)
    deposits(desk, trader, 5)
    newest = newest_event_id(order_state, 0)
    assert newest is not None
    trim_events(order_state, 0, journaled=newest, keep=1)

    with resuming(relay, trader.user_id, 1) as client:
        [snapshot], _ = until_resumed(client)

    assert (snapshot["type"], snapshot["seq"]) == ("SNAPSHOT", 6)


def test_nobody_is_told_what_another_missed(relay: Relay, desk: OrderDesk) -> None:
    trader, stranger = Trader.with_balance(desk), Trader.with_balance(desk)
    deposits(desk, trader, 3)
    deposits(desk, stranger, 3)

    with resuming(relay, stranger.user_id, 1) as client:
        missed, _ = until_resumed(client)
        client.hears_nothing_more()

    assert [message["data"]["cents"] for message in missed] == [500_001, 500_002, 500_003]


def test_without_a_right_to_it_nothing_is_resumed(relay: Relay, desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    deposits(desk, trader, 3)
    with relay.connect() as client:
        client.says("RESUME", seq=0)
        client.says("AUTH", token="a.b.c")

        assert client.hears()["type"] == "UNAUTHENTICATED"
        client.hears_nothing_more()


@pytest.mark.parametrize("seq", [-1, 1.5, "1", None, True, [], 2**53, 10**400])
def test_a_number_that_is_none_is_refused(relay: Relay, desk: OrderDesk, seq: object) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        client.connection.send(f'{{"type":"RESUME","seq":{_json(seq)}}}')

        assert client.hears()["type"] == "ERROR"
        deposits(desk, trader, 1)
        assert client.hears()["seq"] == 2


def test_who_resumes_again_and_again_is_told_to_wait(relay: Relay, desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as client:
        for _ in range(3):
            client.says("RESUME", seq=1)

        heard = [client.hears()["type"] for _ in range(3)]

    assert heard == ["RESUMED", "ERROR", "ERROR"]


def _json(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return (
        {None: "null", True: "true"}.get(value, str(value)) if value is None or value is True else str(value)
    )
