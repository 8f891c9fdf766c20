"""Starting work that finds by itself what there is to do, without piling up starts."""

from typing import Any

from dramatiq.brokers.redis import RedisBroker

from runtime.broker import Actor, Queue, enqueue, queue_length


def nudge(broker: RedisBroker, actor: Actor, queue: Queue, *args: Any, waiting_max: int) -> bool:
    """Enqueues unless the queue holds so many messages already; False when it did.

    With the workers down the queue would otherwise grow by every start they miss. Raises redis' errors.
    """
    if queue_length(broker, queue) >= waiting_max:
        return False
    enqueue(broker, actor, queue, *args)
    return True
