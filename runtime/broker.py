"""The Dramatiq broker, and the actors' names for those who may not import them.

A killed worker's message comes back after seconds rather than Dramatiq's default of minutes:
`heartbeat_timeout` says when a silent worker is given up, `maintenance_chance` that every fetch looks.
"""

from enum import StrEnum
from typing import Any

import dramatiq
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import (
    AgeLimit,
    Callbacks,
    CurrentMessage,
    Pipelines,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

from runtime.settings import Settings

HEARTBEAT_TIMEOUT_MS = 10_000
IDLE_WAIT_MS = 100


class Actor(StrEnum):
    """Background work, by actor name."""

    PERSIST_TRADES = "persist_trades"
    JOURNAL = "journal_events"
    SNAPSHOT = "write_snapshots"
    PRUNE = "prune"


class Queue(StrEnum):
    """Queues: trades never wait behind other work."""

    TRADES = "trades"
    ORDERS = "orders"
    SNAPSHOTS = "snapshots"
    UPKEEP = "upkeep"


class PromptBroker(RedisBroker):
    """Looks for messages at least every IDLE_WAIT_MS: a nudge must not lie in its queue for a second."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer that waits no longer between two looks, however long the queue was empty."""
        return super().consume(queue_name, prefetch, min(timeout, IDLE_WAIT_MS))


def connect_broker(settings: Settings) -> RedisBroker:
    """The broker on REDIS_URL, made the process's default."""
    broker: RedisBroker = PromptBroker(  # type: ignore[no-untyped-call]
        url=settings.redis_url,
        middleware=[
            AgeLimit(),
            TimeLimit(),
            ShutdownNotifications(),
            Callbacks(),
            Pipelines(),
            CurrentMessage(),
            Retries(),
        ],
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=1_000_000,
        namespace="dramatiq",
    )
    dramatiq.set_broker(broker)
    return broker


def enqueue(broker: RedisBroker, actor: Actor, queue: Queue, *args: Any) -> None:
    """Starts background work by name; the arguments are JSON values."""
    broker.declare_queue(queue)
    broker.enqueue(dramatiq.Message(queue_name=queue, actor_name=actor, args=args, kwargs={}, options={}))


def queue_length(broker: RedisBroker, queue: Queue) -> int:
    """About how many messages the queue holds; those being worked on count twice."""
    return int(broker.do_qsize(queue))
