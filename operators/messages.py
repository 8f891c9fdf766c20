"""Messages as operators look for them: what waits in the queues, what is parked."""

import json
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import dq_name

from models import ParkedMessage
from operators.parking import State
from runtime.broker import Queue
from runtime.consumer import NAMESPACE

SHOWN_MAX = 100
_BATCH = 50


def waiting_messages(broker: RedisBroker, queue: Queue, *, delayed: bool) -> list[Message[Any]]:
    """Messages of a queue that wait for a worker or, delayed, for their next try; those in front first.

    100 at most. Raises redis' errors.
    """
    name = f"{NAMESPACE}:{dq_name(queue) if delayed else queue}"
    ids = broker.client.lrange(name, 0, SHOWN_MAX - 1)
    found: list[Message[Any]] = []
    for begin in range(0, len(ids), _BATCH):
        texts = broker.client.hmget(f"{name}.msgs", ids[begin : begin + _BATCH])
        # One that a worker has taken meanwhile is gone.
        found += [Message.decode(cast(bytes, text)) for text in texts if text is not None]
    return found


def parked_messages(
    connection: sa.Connection, *, actor: str | None, dropped: bool, page: int, limit: int
) -> list[Mapping[str, Any]]:
    """A page of the parked messages, the last ones in front; one more than `limit` where there are more."""
    states = list(State) if dropped else [State.PARKED, State.RETRIED]
    query = (
        sa.select(ParkedMessage.__table__)
        .where(ParkedMessage.state.in_(states))
        .order_by(ParkedMessage.newest_at.desc(), ParkedMessage.id.desc())
        .offset((page - 1) * limit)
        .limit(limit + 1)
    )
    if actor is not None:
        query = query.where(ParkedMessage.actor == actor)
    return [dict(row) for row in connection.execute(query).mappings()]


def parked_message(connection: sa.Connection, parked_id: int) -> Mapping[str, Any] | None:
    """One of them, whatever was decided about it."""
    query = sa.select(ParkedMessage.__table__).where(ParkedMessage.id == parked_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def parked_ids(connection: sa.Connection, *, actor: str | None, most: int) -> list[int]:
    """Those that nothing was decided about, the oldest first."""
    query = sa.select(ParkedMessage.id).where(ParkedMessage.state == State.PARKED)
    if actor is not None:
        query = query.where(ParkedMessage.actor == actor)
    return list(connection.scalars(query.order_by(ParkedMessage.id).limit(most)))


def parked_by_queue(connection: sa.Connection) -> dict[str, int]:
    """How many wait for somebody, by queue."""
    query = (
        sa.select(ParkedMessage.queue, sa.func.count())
        .where(ParkedMessage.state == State.PARKED)
        .group_by(ParkedMessage.queue)
    )
    return dict(connection.execute(query).all())


def arguments_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A parked message's arguments: {"args": [...], "kwargs": {...}}."""
    arguments: dict[str, Any] = json.loads(row["arguments"])
    return arguments
