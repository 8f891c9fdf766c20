"""Starting work that finds by itself what there is to do, without piling up starts."""

from typing import Any, cast

from dramatiq.brokers.redis import RedisBroker

from runtime.broker import Actor, Queue, enqueue


def nudge(broker: RedisBroker, actor: Actor, queue: Queue, *args: Any, waiting_max: int) -> bool:
    """Enqueues unless so many messages wait in the queue already; False when they did.

    With the workers down the queue would otherwise grow by every start they miss. What a worker holds doesn't
    count: one that was killed keeps its messages for seconds, and nobody would be started.
    Raises redis' errors.
    """
    if waiting(broker, queue) >= waiting_max:
        return False
    enqueue(broker, actor, queue, *args)
    return True


def waiting(broker: RedisBroker, queue: Queue) -> int:
    """How many messages no worker has taken yet."""
    return cast(int, broker.client.llen(f"{broker.namespace}:{queue}"))
