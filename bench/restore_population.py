"""A busy desk's accounts and positions: in Redis by the real library, in PostgreSQL by the real journal."""

import random
from collections.abc import Iterator
from itertools import islice

import orjson
import redis
import sqlalchemy as sa

from bench.engine_population import (
    BALANCE,
    BASE,
    make_tick,
    new_id,
    open_call,
    realistic_orders,
    tick_call,
    walk,
)
from bench.engine_server import Wire, call
from bench.figures import say
from orders.client import OrderDesk
from orders.keys import shard_tag
from runtime.settings import Settings
from workers.orders import ShardJournal
from workers.snapshots import CHUNK_ACCOUNTS, take_snapshots

SYMBOL = "BTC"
SHARD = 0
# Opens between two rounds of the journal: what the stream holds stays bounded.
CHUNK = 5_000
PER_TRADE = 100
JOURNAL_S = 120.0


class Population:
    """Accounts with the same number of positions each, all of one shard."""

    def __init__(self, database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
        self._database = database
        self._order_state = order_state
        self._settings = settings
        self._wire = Wire(settings.orders_redis_url)
        self._chooser = random.Random(7)
        self._users: list[str] = []

    def build(self, accounts: int, positions: int) -> None:
        """Opens so many accounts, and so many positions spread over them, while the market moves."""
        tag = shard_tag(SHARD)
        self._users = [new_id(self._chooser) for _ in range(accounts)]
        for users in batches(iter(self._users), CHUNK):
            self._wire.ask(*(call("open_account", tag, user, BALANCE) for user in users))
            self._journal()
        orders, prices = realistic_orders(self._chooser, SYMBOL), walk(self._chooser)
        for first in range(0, positions, PER_TRADE):
            self._trade(next(prices))
            commands = [
                open_call(tag, self._users[n % accounts], self._chooser.randbytes(16).hex(), next(orders))
                for n in range(first, min(first + PER_TRADE, positions))
            ]
            refused = [answer for answer in self._wire.ask(*commands) if b"refused" in answer]
            assert not refused, orjson.loads(refused[0])
            if first % CHUNK == 0:
                self._journal()
                say(f"  {first:,} of {positions:,} positions")
        self._journal()

    def take_snapshots(self) -> int:
        """A snapshot of every account; how many there were."""
        desk, kept, taken = OrderDesk(self._order_state, self._settings), self._settings.snapshots_kept, 0
        while True:
            with self._database.begin() as connection:
                _, count = take_snapshots(
                    connection,
                    desk,
                    accounts_max=CHUNK_ACCOUNTS,
                    snapshots_kept=kept,
                )
            if not count:
                return taken
            taken += count

    def change(self, part: float) -> None:
        """Deposits to some accounts: changes that no snapshot has."""
        tag = shard_tag(SHARD)
        some = self._chooser.sample(self._users, int(len(self._users) * part))
        for users in batches(iter(some), CHUNK):
            requests = [(user, self._chooser.randbytes(16).hex()) for user in users]
            self._wire.ask(*(call("deposit", tag, user, request, "0" * 64, 5) for user, request in requests))
            self._journal()

    def calm(self) -> None:
        """Takes the market to where it was: what trailing stops follow is in the snapshots that come."""
        self._trade(BASE)

    def _trade(self, price: int) -> None:
        """One trade, called until it has moved all trailing stops that it moves."""
        tick = tick_call(shard_tag(SHARD), make_tick(SYMBOL, price))
        while b'"more":"1"' in self._wire.ask(tick)[0]:
            pass

    def _journal(self) -> None:
        journal = ShardJournal(self._database, self._order_state, self._settings, shard=SHARD)
        assert journal.catch_up(seconds=JOURNAL_S)


def batches(items: Iterator[str], most: int) -> Iterator[list[str]]:
    """In lists of at most so many."""
    while batch := list(islice(items, most)):
        yield batch
