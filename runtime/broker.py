"""The Dramatiq broker, and the actors' names for those who may not import them.

A killed worker's message comes back after seconds rather than Dramatiq's default of minutes:
`heartbeat_timeout` says when a silent worker is given up, `maintenance_chance` that every fetch looks.
A stopping worker gives back at once what it can't finish. What becomes of failed messages is the workers'
part (workers/tries.py).
"""

from enum import StrEnum
from typing import Any

import dramatiq
import redis
from dramatiq.broker import Broker, Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import q_name
from dramatiq.middleware import (
    AgeLimit,
    Callbacks,
    CurrentMessage,
    Middleware,
    Pipelines,
    ShutdownNotifications,
    TimeLimit,
)
from dramatiq.results.backends import RedisBackend

from runtime.consumer import NAMESPACE, HoldingConsumer
from runtime.settings import Settings
from runtime.tracing import OPTION, current_trace

HEARTBEAT_TIMEOUT_MS = 10_000
IDLE_WAIT_MS = 100


class Actor(StrEnum):
    """Background work, by actor name."""

    PERSIST_TRADES = "persist_trades"
    JOURNAL = "journal_events"
    SNAPSHOT = "write_snapshots"
    PRUNE = "prune"
    BACKFILL = "backfill_candles"
    TRADE_DAYS = "keep_trade_days"
    MAIL = "send_mail"
    LIMITS = "apply_limits"


class Queue(StrEnum):
    """Queues: trades never wait behind other work."""

    TRADES = "trades"
    ORDERS = "orders"
    SNAPSHOTS = "snapshots"
    UPKEEP = "upkeep"
    HISTORY = "history"
    # Somebody waits for the answer.
    OPERATORS = "operators"
    # A mail server that is slow or away keeps nothing else waiting.
    MAIL = "mail"


QUEUE_OF = {
    Actor.PERSIST_TRADES: Queue.TRADES,
    Actor.JOURNAL: Queue.ORDERS,
    Actor.SNAPSHOT: Queue.SNAPSHOTS,
    Actor.PRUNE: Queue.UPKEEP,
    Actor.TRADE_DAYS: Queue.UPKEEP,
    Actor.BACKFILL: Queue.HISTORY,
    Actor.MAIL: Queue.MAIL,
    Actor.LIMITS: Queue.OPERATORS,
}


class PromptBroker(RedisBroker):
    """Looks for messages at least every IDLE_WAIT_MS: a nudge must not lie in its queue for a second."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer that waits no longer between two looks, however long the queue was empty."""
        return HoldingConsumer(self, queue_name, prefetch, min(timeout, IDLE_WAIT_MS))


class GiveBack(Middleware):
    """Puts back into their queues the messages that a stopping worker has not finished in its time."""

    def after_worker_shutdown(self, broker: Broker, worker: dramatiq.Worker) -> None:
        """The process ends now: what its threads still do comes to nothing, or happens twice."""
        for thread in worker.consumers.values():
            if isinstance(thread.consumer, HoldingConsumer):
                thread.consumer.give_back()


def forget_dead_letter(broker: RedisBroker, queue: str, redis_message_id: str) -> None:
    """Takes a message off Dramatiq's dead letters, for one who keeps it elsewhere."""
    dead = f"{NAMESPACE}:{q_name(queue)}.XQ"
    with broker.client.pipeline() as pipeline:
        pipeline.zrem(dead, redis_message_id)
        pipeline.hdel(f"{dead}.msgs", redis_message_id)
        pipeline.execute()


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
            GiveBack(),
        ],
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=1_000_000,
        namespace=NAMESPACE,
    )
    dramatiq.set_broker(broker)
    return broker


def sending_broker(client: redis.Redis) -> RedisBroker:
    """A broker to enqueue with, for a process that works on nothing itself: on a client that it has."""
    broker: RedisBroker = RedisBroker(client=client, middleware=[], namespace=NAMESPACE)  # type: ignore[no-untyped-call]
    return broker


def enqueue(broker: RedisBroker, actor: Actor, queue: Queue, *args: Any) -> dramatiq.Message[Any]:
    """Starts background work by name; the arguments are JSON values."""
    broker.declare_queue(queue)
    trace = current_trace()
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=queue,
        actor_name=actor,
        args=args,
        kwargs={},
        options={OPTION: trace} if trace else {},
    )
    broker.enqueue(message)
    return message


def results_of(client: redis.Redis) -> RedisBackend:
    """Where actors that somebody waits for leave what they answer, for some minutes."""
    backend: RedisBackend = RedisBackend(client=client, namespace=f"{NAMESPACE}-results")
    return backend


def ask(broker: RedisBroker, actor: Actor, queue: Queue, *args: Any, limit_ms: int) -> Any:
    """What an actor says that answers. Raises dramatiq's ResultTimeout, ResultFailure, and redis' errors."""
    message = enqueue(broker, actor, queue, *args)
    return message.get_result(backend=results_of(broker.client), block=True, timeout=limit_ms)


def queue_length(broker: RedisBroker, queue: Queue) -> int:
    """How many messages the queue holds, delayed ones and those in workers' hands too."""
    return int(broker.do_qsize(queue))
