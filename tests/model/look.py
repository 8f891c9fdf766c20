"""Reading what the desk did since the last look and what it holds now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from domain.orders import EventId, OrderEvent
from orders.keys import events_key, shard_of, shard_tag
from orders.library import PREFIX
from tests.model.wire import QuickRedis, packed


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the library in one shard: its answer, the events that it made and the prices that it left."""

    shard: int
    answer: dict[str, Any]
    events: list[OrderEvent]
    quotes: list[dict[str, str]]


@dataclass(slots=True)
class Seen:
    """Each shard's new events, accounts as they stand, and each shard's prices, as far as they were asked."""

    events: list[list[OrderEvent]]
    accounts: list[dict[str, Any]] = field(default_factory=list)
    quotes: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    # Of ticks, each call by itself.
    calls: list[Call] = field(default_factory=list)


class Reader:
    """Looks by itself, or behind every call that the desk makes between `watch` and `seen`."""

    def __init__(self, client: QuickRedis, shards: int) -> None:
        self._client = client
        self._shards = range(shards)
        self._tags = [shard_tag(shard) for shard in self._shards]
        self._events = [events_key(shard) for shard in self._shards]
        self._after = ["0-0"] * shards
        # Packed once for each user.
        self._accounts: dict[str, bytes] = {}
        self._users: list[str] = []
        self._symbols: list[str] = []
        self._seen = Seen([])

    def look(self, users: Iterable[str], symbols: Iterable[str]) -> Seen:
        """Every shard's events and prices of these assets, and these accounts."""
        self._begin(users, symbols)
        # A round trip's first reply is a call's answer: here there is none.
        _, *replies = self._client.round_trip([packed("PING"), *self._ask(self._shards)])
        self._hear(self._shards, iter(replies))
        return self._seen

    def watch(self, users: Iterable[str] = (), symbols: Iterable[str] = ()) -> None:
        """Looks after each call from now on: at the users, or at the assets' prices in the call's shard."""
        self._begin(users, symbols)
        self._client.follower = self

    def seen(self) -> Seen:
        """What has been seen since `watch`, which ends."""
        self._client.follower = None
        return self._seen

    def asks(self, tag: str) -> list[bytes]:
        return self._ask(self._watched(tag))

    def hears(self, tag: str, answer: bytes, replies: list[Any]) -> None:
        shard = self._tags.index(tag)
        known = len(self._seen.events[shard])
        self._hear(self._watched(tag), iter(replies))
        if not self._users:
            events = self._seen.events[shard][known:]
            self._seen.calls.append(Call(shard, orjson.loads(answer), events, self._seen.quotes[shard]))

    def _begin(self, users: Iterable[str], symbols: Iterable[str]) -> None:
        self._users, self._symbols = list(users), list(symbols)
        self._seen = Seen([[] for _ in self._shards])

    def _watched(self, tag: str) -> Iterable[int]:
        return self._shards if self._users else (self._tags.index(tag),)

    def _ask(self, shards: Iterable[int]) -> list[bytes]:
        commands = [packed("XRANGE", self._events[shard], "(" + self._after[shard], "+") for shard in shards]
        commands += [self._read_account(user_id) for user_id in self._users]
        if self._symbols:
            commands += [
                packed("FCALL_RO", PREFIX + "read_quotes", 1, self._tags[shard], *self._symbols)
                for shard in shards
            ]
        return commands

    def _read_account(self, user_id: str) -> bytes:
        if user_id not in self._accounts:
            tag = self._tags[shard_of(user_id, len(self._tags))]
            self._accounts[user_id] = packed("FCALL_RO", PREFIX + "read_account", 1, tag, user_id)
        return self._accounts[user_id]

    def _hear(self, shards: Iterable[int], replies: Iterator[Any]) -> None:
        for shard in shards:
            if entries := next(replies):
                self._after[shard] = entries[-1][0]
                self._seen.events[shard] += [_event(shard, *entry) for entry in entries]
        self._seen.accounts = [orjson.loads(next(replies)) for _ in self._users]
        if self._symbols:
            self._seen.quotes |= {shard: orjson.loads(next(replies)) for shard in shards}


def _event(shard: int, entry_id: str, words: list[str]) -> OrderEvent:
    fields = dict(zip(words[::2], words[1::2], strict=True))
    return OrderEvent.from_fields(EventId.parse(entry_id), shard, fields)
