"""Every actor and its terms: the one table of what workers do."""

from collections.abc import Callable
from dataclasses import dataclass

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from runtime.broker import Actor, Queue
from workers.orders import journal_events
from workers.snapshots import write_snapshots
from workers.trades import persist_trades
from workers.upkeep import prune

SECOND_MS = 1000


@dataclass(frozen=True)
class ActorTerms:
    """How an actor runs. A smaller priority goes first; back-offs double from the first to the longest."""

    work: Callable[..., None]
    actor: Actor
    queue: Queue
    priority: int
    time_limit_ms: int
    max_retries: int
    min_backoff_ms: int = 200
    max_backoff_ms: int = 5 * SECOND_MS

    def declare(self, broker: RedisBroker) -> None:
        """Makes it known to the broker under its name."""
        declare = dramatiq.actor(
            actor_name=self.actor,
            queue_name=self.queue,
            priority=self.priority,
            broker=broker,
            time_limit=self.time_limit_ms,
            max_retries=self.max_retries,
            min_backoff=self.min_backoff_ms,
            max_backoff=self.max_backoff_ms,
        )
        declare(self.work)


ACTORS = (
    # Some eight minutes of retries with PostgreSQL away; beyond that the batcher enqueues the batch again.
    ActorTerms(
        persist_trades, Actor.PERSIST_TRADES, Queue.TRADES, 0, time_limit_ms=60 * SECOND_MS, max_retries=100
    ),
    # The schedule starts these again every few seconds: a retry of an old start would be one too many.
    ActorTerms(journal_events, Actor.JOURNAL, Queue.ORDERS, 0, time_limit_ms=30 * SECOND_MS, max_retries=0),
    ActorTerms(
        write_snapshots, Actor.SNAPSHOT, Queue.SNAPSHOTS, 10, time_limit_ms=60 * SECOND_MS, max_retries=0
    ),
    ActorTerms(prune, Actor.PRUNE, Queue.UPKEEP, 20, time_limit_ms=60 * SECOND_MS, max_retries=3),
)
