"""What clients see when the relay stops, when Redis is away, and on the web application's /ws."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.opening import open_all
from tests.support.relay import Relay, running_relay
from tests.support.services import RunningServer, Services
from tests.support.trading import Market, Trader, request
from tests.support.waiting import eventually

GRACEFUL_STOP_S = 5


@pytest.fixture
def server(migrated: Services) -> Iterator[RunningServer]:
    """The order state's server, running again when the test is over."""
    server = migrated.servers["orders"]
    yield server
    server.stop()
    server.start().wait()


def test_a_stopping_relay_says_goodbye_and_is_gone_in_time(
    migrated: Services, desk: OrderDesk, tmp_path: Path
) -> None:
    trader = Trader.with_balance(desk)
    with running_relay(migrated, tmp_path, graceful_stop_s=GRACEFUL_STOP_S) as relay:
        with relay.connect() as watcher, relay.signed_in(trader.user_id) as follower, relay.raw():
            watcher.subscribes("BTC")
            began = time.monotonic()
            relay.process.terminate()

            assert watcher.closing()[0] == follower.closing()[0] == 1001
            code = relay.process.stop(GRACEFUL_STOP_S + 2)

        assert time.monotonic() - began < GRACEFUL_STOP_S
        assert code == 0, relay.process.output
        assert "Traceback" not in relay.process.output


def test_who_is_back_before_a_stopping_relay_is_gone_is_sent_away_too(
    migrated: Services, tmp_path: Path
) -> None:
    """As clients do that come back at once; one that was taken in would be cut off when the time is up."""
    codes = []
    with running_relay(migrated, tmp_path, graceful_stop_s=60) as relay:
        with relay.connect() as client:
            client.hears_nothing_more()
            relay.process.terminate()
            codes.append(client.closing()[0])
        while True:
            try:
                again = relay.connect()
            except (OSError, InvalidHandshake, ConnectionClosed):
                # Nobody listens any more.
                break
            with again:
                codes.append(again.closing()[0])

        assert relay.process.stop(GRACEFUL_STOP_S) == 0, relay.process.output
    assert set(codes) == {1001}


def test_followers_are_sent_away_when_redis_dies_and_come_back_when_it_does(
    relay: Relay, desk: OrderDesk, server: RunningServer, order_state: redis.Redis, settings: Settings
) -> None:
    trader = Trader.with_balance(desk)
    with relay.connect() as watcher:
        watcher.subscribes("BTC")
        with relay.signed_in(trader.user_id) as follower:
            server.kill()

            assert follower.closing() == (1013, [])
        with relay.connect(token=relay.token_of(trader.user_id)) as too_early:
            assert too_early.closing() == (1013, [])

        server.start().wait()
        open_all(order_state, settings)

        def follows_again() -> bool:
            with relay.connect(token=relay.token_of(trader.user_id)) as client:
                try:
                    return bool(client.hears()["type"] == "AUTHENTICATED")
                except ConnectionClosed:
                    return False

        eventually(follows_again, what="the relay to follow Redis again")
        with relay.signed_in(trader.user_id) as follower:
            desk.deposit(trader.user_id, request(), 1)
            assert follower.hears()["seq"] == 2
        Market(desk).trades_at("64500.12")
        assert watcher.hears()["type"] == "PRICE_UPDATE"


def test_the_web_application_has_the_relay_at_ws(
    migrated: Services, desk: OrderDesk, database: sa.Engine, tmp_path: Path
) -> None:
    trader = Trader.with_balance(desk)
    with (
        running_relay(migrated, tmp_path, process="web", path="/ws") as relay,
        relay.connect() as watcher,
        relay.signed_in(trader.user_id) as follower,
    ):
        watcher.subscribes("BTC")
        Market(desk).trades_at("64500.12")
        desk.deposit(trader.user_id, request(), 1)

        assert watcher.hears()["type"] == "PRICE_UPDATE"
        assert follower.hears() == {
            "type": "BALANCE",
            "seq": 2,
            "data": {"usd": 5000.01, "cents": 500_001, "reason": "deposited"},
        }
