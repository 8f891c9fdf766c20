"""Reading the shards' event streams."""

import time
from typing import Any, cast

import redis

from domain.orders import EventId, OrderEvent
from orders.keys import events_key

_Entries = list[tuple[bytes, dict[bytes, bytes]]]

# How often a cluster's streams are looked at, and the most looks a second that many of them add up to.
_LOOK_S = 0.02
_LOOKS_PER_S_MAX = 500


def read_events(client: redis.Redis, shard: int, *, after: EventId, limit: int) -> list[OrderEvent]:
    """At most `limit` events of the shard that come after `after`, oldest first."""
    entries = client.xrange(events_key(shard), min=f"({after}", count=limit)
    return [decode_entry(shard, entry_id, fields) for entry_id, fields in cast(_Entries, entries)]


def read_events_back(
    client: redis.Redis, shard: int, *, after: EventId, before: EventId | None, limit: int
) -> list[OrderEvent]:
    """At most `limit` events of the shard that come after `after` and before `before`, newest first."""
    newest = f"({before}" if before else "+"
    entries = client.xrevrange(events_key(shard), max=newest, min=f"({after}", count=limit)
    return [decode_entry(shard, entry_id, fields) for entry_id, fields in cast(_Entries, entries)]


def newest_event_id(client: redis.Redis, shard: int) -> EventId | None:
    """The id of the shard's newest event, None when there was none yet."""
    newest = cast(_Entries, client.xrevrange(events_key(shard), count=1))
    return EventId.parse(newest[0][0].decode()) if newest else None


def wait_events(client: redis.Redis, after: dict[int, EventId], *, seconds: float) -> dict[int, EventId]:
    """Waits until a shard has events past those given, or so long; returns the newest ids seen.

    The client's socket timeout must be longer than `seconds`.
    """
    if isinstance(client, redis.RedisCluster):
        return _look_for_events(client, after, seconds=seconds)
    keys = {events_key(shard): str(event_id) for shard, event_id in after.items()}
    answer = client.xread(cast(dict[Any, Any], keys), block=max(1, int(seconds * 1000)), count=1000)
    shards = {events_key(shard).encode(): shard for shard in after}
    newest = {}
    for key, entries in cast(list[tuple[bytes, _Entries]], answer or []):
        newest[shards[key]] = EventId.parse(entries[-1][0].decode())
    return newest


def _look_for_events(client: redis.Redis, after: dict[int, EventId], *, seconds: float) -> dict[int, EventId]:
    """Waits by looking again and again: in a cluster no command may wait for keys of several slots."""
    deadline = time.monotonic() + seconds
    pause_s = max(_LOOK_S, len(after) / _LOOKS_PER_S_MAX)
    while True:
        newest = {shard: newest_event_id(client, shard) for shard in after}
        news = {shard: event_id for shard, event_id in newest.items() if event_id and event_id > after[shard]}
        if news or time.monotonic() + pause_s > deadline:
            return news
        time.sleep(pause_s)


def trim_events(client: redis.Redis, shard: int, *, journaled: EventId, keep: int) -> None:
    """Lets go of events that PostgreSQL has, but for the newest `keep`.

    Never cuts past `journaled`, the last event that PostgreSQL has, whatever `keep` says.
    """
    length = client.xlen(events_key(shard))
    if length <= keep:
        return
    # MINID keeps what is not below it: the journaled event itself stays, and everything after it.
    surplus = cast(_Entries, client.xrange(events_key(shard), count=min(length - keep, 1000)))
    last = min(EventId.parse(surplus[-1][0].decode()), journaled)
    client.xtrim(events_key(shard), minid=str(last), approximate=False)


def decode_entry(shard: int, entry_id: bytes, fields: dict[bytes, bytes]) -> OrderEvent:
    """One entry of a stream as an event."""
    text = {name.decode(): value.decode() for name, value in fields.items()}
    return OrderEvent.from_fields(EventId.parse(entry_id.decode()), shard, text)
