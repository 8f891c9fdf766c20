"""A relay killed while orders fire: everybody comes back, and has every order message once, in order."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.relay import running_relay
from tests.support.resuming_client import ResumingClient
from tests.support.services import Services
from tests.support.trading import Market, Trader, request
from tests.support.waiting import eventually_async
from workers.orders import ShardJournal

CLIENTS = 200
KILLS = 3
# Followers of one account each are let in one after the other, on a machine that does other things too.
IN_STEP_LIMIT_S = 60.0
TOLD_LIMIT_S = 30.0
SEED = 11


@contextmanager
def trading(desk: OrderDesk, traders: list[Trader]) -> Iterator[None]:
    """Orders that open, and fire as the market moves, until the block ends."""
    ended = threading.Event()
    market = Market(desk)

    def trade_on() -> None:
        chooser = random.Random(SEED)
        while not ended.is_set():
            # A price gets old.
            market.trades_at("64500")
            for trader in chooser.sample(traders, 10):
                trader.buys(1_000, 10, stop_loss="64300", take_profit="64700")
                trader.sells(1_000, 10, trailing_distance="100")
            for price in ("64500", "64800", "64500", "64200", "64500"):
                market.trades_at(price)
            desk.deposit(chooser.choice(traders).user_id, request(), 50)

    thread = threading.Thread(target=trade_on, name="trading")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def journaling(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> Iterator[None]:
    """The journal as it runs beside: what was missed is in PostgreSQL in part, and in the stream in part."""
    ended = threading.Event()

    def journal_on() -> None:
        journal = ShardJournal(database, order_state, settings, shard=0)
        while not ended.wait(0.2):
            journal.catch_up(seconds=1)

    thread = threading.Thread(target=journal_on, name="journal")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def told_to(clients: list[ResumingClient]) -> int:
    return sum(len(client.told) for client in clients)


def told_so_many(clients: list[ResumingClient], messages: int) -> bool:
    return told_to(clients) >= messages


@pytest.fixture
def traders(desk: OrderDesk) -> list[Trader]:
    """Accounts with money; BTC trades at 64500."""
    Market(desk).trades_at("64500")
    return [Trader.with_balance(desk) for _ in range(CLIENTS)]


def test_after_kills_each_client_has_every_order_message_once_in_order(
    migrated: Services,
    desk: OrderDesk,
    traders: list[Trader],
    database: sa.Engine,
    order_state: redis.Redis,
    settings: Settings,
    tmp_path: Path,
) -> None:
    # Its workers come back by themselves: gunicorn's master makes new ones on the same port.
    with running_relay(migrated, tmp_path, stream_workers=2) as relay:
        clients = [
            ResumingClient(lambda: relay.url, relay.token_of(trader.user_id), seq=1) for trader in traders
        ]

        async def follow() -> None:
            tasks = [asyncio.create_task(client.run()) for client in clients]
            try:
                await eventually_async(
                    lambda: all(client.in_step for client in clients),
                    limit_s=IN_STEP_LIMIT_S,
                    what="everybody in step",
                )
                with journaling(database, order_state, settings), trading(desk, traders):
                    for _ in range(KILLS):
                        enough = told_to(clients) + 500
                        await eventually_async(
                            partial(told_so_many, clients, enough),
                            limit_s=TOLD_LIMIT_S,
                            what="500 order messages",
                        )
                        relay.kill_workers()
                        await eventually_async(
                            lambda: not any(client.in_step for client in clients),
                            limit_s=IN_STEP_LIMIT_S,
                            what="everybody cut off",
                        )
                        await eventually_async(
                            lambda: all(client.in_step for client in clients),
                            limit_s=IN_STEP_LIMIT_S,
                            what="everybody back in step",
                        )
                newest = {trader.user_id: desk.seq(trader.user_id) for trader in traders}
                await eventually_async(
                    lambda: all(
                        len(client.told) >= newest[trader.user_id] - 1
                        for client, trader in zip(clients, traders, strict=True)
                    ),
                    limit_s=TOLD_LIMIT_S,
                    what="the last order messages",
                )
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for task in tasks:
                assert task.cancelled() or task.exception() is None

        asyncio.run(follow())

    for client, trader in zip(clients, traders, strict=True):
        newest = desk.seq(trader.user_id)
        assert [message["seq"] for message in client.told] == list(range(2, newest + 1))
        assert client.connections == KILLS + 1
        assert client.snapshots == 0
        owners = {message["data"].get("userId", trader.user_id) for message in client.told}
        assert owners == {trader.user_id}
