"""How full the queues are, as Dramatiq's keys in Redis tell (the layout: dispatch.lua in its package)."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import dq_name

from market.trades import at_ms
from runtime.broker import Queue
from runtime.consumer import NAMESPACE


@dataclass(frozen=True)
class QueueFigures:
    """One queue at one moment.

    in_work counts what workers hold, also what waits inside them. dead: Dramatiq's own dead letters, which
    only what could not be parked becomes. oldest_ready_at: when the message at the head was made, first try
    included; None when none is ready.
    """

    queue: str
    ready: int
    delayed: int
    in_work: int
    dead: int
    oldest_ready_at: datetime | None


def read_figures(broker: RedisBroker) -> list[QueueFigures]:
    """Of every queue. Raises redis' errors."""
    return [_figures(broker, queue) for queue in Queue]


def _figures(broker: RedisBroker, queue: Queue) -> QueueFigures:
    name = f"{NAMESPACE}:{queue}"
    with broker.client.pipeline(transaction=True) as pipeline:
        pipeline.llen(name)
        pipeline.hlen(f"{name}.msgs")
        pipeline.hlen(f"{NAMESPACE}:{dq_name(queue)}.msgs")
        pipeline.zcard(f"{name}.XQ")
        pipeline.lindex(name, 0)
        ready, held, delayed, dead, head = pipeline.execute()
    oldest = cast(bytes | None, broker.client.hget(f"{name}.msgs", head)) if head else None
    return QueueFigures(
        queue=queue,
        ready=ready,
        delayed=delayed,
        # A worker's death leaves an id twice in the list until the second is found to be done with.
        in_work=max(0, held - ready),
        dead=dead,
        oldest_ready_at=at_ms(Message.decode(oldest).message_timestamp) if oldest else None,
    )
