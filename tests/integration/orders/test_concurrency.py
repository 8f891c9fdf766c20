"""Many at once: a balance is spent once, a request happens once, however many send it at the same moment."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import cast

import orjson
import redis

from domain.orders import EventKind
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.keys import events_key, shard_tag
from orders.library import PREFIX
from runtime.connections import orders_redis
from runtime.settings import Settings
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import Market, Trader, events

BUYERS, AFFORDED = 64, 10
MARGIN, FEE = 10_000, 50
START_LIMIT_S = 20

ACCOUNTS, ATTEMPTS, CONNECTIONS = 2_000, 3, 12
BALANCE = 1_000_000
# However slow the machine: the price stays fresh.
STALE_MS = 3_600_000
# What each account asks for, each with an id of its own; the orders named are open beforehand.
COMMANDS: dict[str, tuple[str | int, ...]] = {
    "open": ("new", "BTC", "long", 10_000, 10, "", "", ""),
    "deposit": (777,),
    "add_margin": ("to add to", 5_000),
    "partial_close": ("to close a part of", 25, "the part"),
    "close": ("to close",),
}
BEFOREHAND = ("to add to", "to close a part of", "to close")
TOLD = {
    EventKind.ACCOUNT_OPENED: 1,
    EventKind.OPENED: len(BEFOREHAND) + 1,
    EventKind.DEPOSITED: 1,
    EventKind.MARGIN_ADDED: 1,
    EventKind.CLOSED: 2,
    EventKind.REDUCED: 1,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of an account, ready to be sent any number of times."""

    user_id: str
    name: str

    @property
    def request_id(self) -> str:
        """The same in every attempt."""
        return f"{self.name} of {self.user_id}"

    def send(self, client: redis.Redis) -> bytes:
        """The library's answer, word for word. Order ids are the account's own."""
        args = COMMANDS[self.name]
        own = [f"{self.user_id} {arg}" if arg in (*BEFOREHAND, "new", "the part") else arg for arg in args]
        return call(client, self.name, self.user_id, self.request_id, "0" * 64, "", *own)


def call(client: redis.Redis, name: str, *args: str | int) -> bytes:
    """Calls a function of the library."""
    return cast(bytes, client.fcall(PREFIX + name, 1, shard_tag(0), *args))


def open_accounts(client: redis.Redis, users: list[str]) -> None:
    """Accounts with the orders that the commands are about."""
    with client.pipeline(transaction=False) as pipeline:
        for user in users:
            pipeline.fcall(PREFIX + "open_account", 1, shard_tag(0), user, BALANCE)
            for order in BEFOREHAND:
                words = (f"{user} {order}", "BTC", "long", 10_000, 10, "", "", "")
                pipeline.fcall(
                    PREFIX + "open", 1, shard_tag(0), user, f"beforehand {order}", "0" * 64, "", *words
                )
        answers = pipeline.execute()
    assert not any(b"refused" in answer for answer in answers)


def test_a_balance_that_is_enough_for_ten_opens_ten_of_64(
    desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    Market(desk).trades_at("64500.12")
    trader = Trader.with_balance(desk, AFFORDED * (MARGIN + FEE))
    start = Barrier(BUYERS, timeout=START_LIMIT_S)

    def buy(client: redis.Redis) -> Code | None:
        own = Trader(OrderDesk(client, settings), trader.user_id)
        client.ping()
        start.wait()
        try:
            own.buys(MARGIN, 10)
        except Refused as refusal:
            return refusal.code
        return None

    with ExitStack() as stack:
        clients = [stack.enter_context(orders_redis(settings, name="buyer")) for _ in range(BUYERS)]
        with ThreadPoolExecutor(BUYERS) as pool:
            outcomes = Counter(pool.map(buy, clients))

    assert outcomes == {None: AFFORDED, Code.INSUFFICIENT_BALANCE: BUYERS - AFFORDED}
    told = events(order_state, trader.user_id)
    assert [event.kind for event in told] == [EventKind.ACCOUNT_OPENED, *[EventKind.OPENED] * AFFORDED]
    assert [event.balance for event in told] == [(MARGIN + FEE) * left for left in range(AFFORDED, -1, -1)]
    positions = desk.account(trader.user_id).positions
    assert trader.balance == 0
    assert [position.margin for position in positions] == [MARGIN] * AFFORDED
    assert {position.order_id for position in positions} == {e.position.order_id for e in told if e.position}


def test_ten_thousand_requests_sent_three_times_at_once_happen_once(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(price_stale_ms=STALE_MS)
    Market(desk).trades_at("64500.12")
    users = [f"trader {number}" for number in range(ACCOUNTS)]
    open_accounts(order_state, [*users, "alone"])
    for name in COMMANDS:
        Asked("alone", name).send(order_state)
    asked = [Asked(user, name) for user in users for name in COMMANDS]
    random.Random(1).shuffle(asked)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        # Side by side in the queue, so that they are sent side by side.
        attempts = [pool.submit(each.send, order_state) for each in asked for _ in range(ATTEMPTS)]
        answers = [attempt.result() for attempt in attempts]

    assert len(asked) == 10_000
    for first in range(0, len(answers), ATTEMPTS):
        [answer] = set(answers[first : first + ATTEMPTS])
        assert "refused" not in orjson.loads(answer)
    assert_each_happened_once(order_state, users)
    # An account whose requests came one by one, once each, is the measure of the others.
    alone = desk.account("alone")
    for user in users:
        account = desk.account(user)
        assert (account.balance, account.seq) == (alone.balance, alone.seq)
        assert len(account.positions) == len(alone.positions)


def assert_each_happened_once(client: redis.Redis, users: list[str]) -> None:
    """The events of each account are those of its commands, each told by one request."""
    entries = cast(list[tuple[bytes, dict[bytes, bytes]]], client.xrange(events_key(0)))
    kinds = Counter((fields[b"user_id"].decode(), fields[b"kind"].decode()) for _, fields in entries)
    requests = Counter(
        (fields[b"request_id"].decode(), fields[b"kind"].decode())
        for _, fields in entries
        if not fields.get(b"request_id", b"beforehand").startswith(b"beforehand")
    )
    assert all(kinds[user, kind.value] == times for user in users for kind, times in TOLD.items())
    # A partial close tells two events, of two kinds.
    assert set(requests.values()) == {1}
    assert len(requests) == (len(COMMANDS) + 1) * (len(users) + 1)
