"""Whether the shards may trade: what is known of their state, and opening them once it is proven whole.

Who proves it is workers.opening: only PostgreSQL can tell that nothing is missing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import redis

from domain.orders import EventId
from orders.calls import call_shard


@dataclass(frozen=True, slots=True)
class ShardState:
    """What a shard says of itself. epoch: None before its first; last_event_id: of what its stream holds."""

    epoch: int | None
    restoring: bool
    open: bool
    last_event_id: EventId


def read_state(client: redis.Redis, shard: int) -> ShardState:
    """The state of a shard; raises redis.ResponseError when its server has no library."""
    answer = call_shard(client, "read_state", shard, write=False)
    return ShardState(
        epoch=int(answer["epoch"]) if answer["epoch"] else None,
        restoring=answer["restoring"] == "1",
        open=answer["open"] == "1",
        last_event_id=EventId.parse(answer["last_event_id"]),
    )


def begin_epoch(client: redis.Redis, shard: int, *, epoch: int, journaled: EventId) -> None:
    """Gives its first epoch to a shard that has none.

    Raises Refused (state_unproven) when it has one, or lacks the last event that PostgreSQL has.
    """
    call_shard(client, "begin_epoch", shard, epoch, str(journaled))


def open_shard(client: redis.Redis, shard: int, *, epoch: int, journaled: EventId) -> None:
    """Opens a shard for trading, until its server starts anew.

    Raises Refused (state_unproven) when it is of another epoch, half restored, or lacks the last event that
    PostgreSQL has.
    """
    call_shard(client, "prove", shard, epoch, str(journaled), secrets.token_hex(8))


def begin_restore(client: redis.Redis, shard: int, *, epoch: int) -> None:
    """Makes an empty shard ready for orders.snapshots.restore; raises Refused when it isn't empty."""
    call_shard(client, "begin_restore", shard, epoch)


def end_restore(client: redis.Redis, shard: int, *, newest: tuple[EventId, Mapping[str, str]] | None) -> None:
    """Ends a restore; the shard is still closed. newest: the last event that is in it, with its fields."""
    event: list[str] = []
    if newest is not None:
        event_id, fields = newest
        event = [str(event_id), *(word for field in fields.items() for word in field)]
    call_shard(client, "end_restore", shard, *event)
