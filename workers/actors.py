"""Every actor and its terms: the one table of what workers do."""

from collections.abc import Callable
from dataclasses import dataclass

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from runtime.broker import QUEUE_OF, Actor
from workers.history import backfill_candles
from workers.limits import write_limits_in_force
from workers.mail import send_mail
from workers.orders import journal_events
from workers.snapshots import write_snapshots
from workers.trade_days import keep_trade_days
from workers.trades import persist_trades
from workers.tries import TryTerms
from workers.upkeep import prune

SECOND_MS = 1000


@dataclass(frozen=True)
class ActorTerms:
    """How an actor runs. A smaller priority goes first."""

    work: Callable[..., object]
    actor: Actor
    priority: int
    time_limit_ms: int
    tries: TryTerms
    # Somebody waits for what it answers.
    answers: bool = False

    def declare(self, broker: RedisBroker) -> None:
        """Makes it known to the broker under its name."""
        declare = dramatiq.actor(
            actor_name=self.actor,
            queue_name=QUEUE_OF[self.actor],
            priority=self.priority,
            broker=broker,
            time_limit=self.time_limit_ms,
            terms=self.tries,
            store_results=self.answers,
        )
        declare(self.work)


# The schedule starts these again every few seconds: a second try of an old start would be one too many.
ONCE = TryTerms(tries_max=1, comes_again=True)

ACTORS = (
    # Parked after some eight seconds, before the batcher would enqueue the batch again.
    ActorTerms(
        persist_trades,
        Actor.PERSIST_TRADES,
        0,
        60 * SECOND_MS,
        TryTerms(tries_max=6, comes_again=True),
    ),
    ActorTerms(journal_events, Actor.JOURNAL, 0, 30 * SECOND_MS, ONCE),
    ActorTerms(write_snapshots, Actor.SNAPSHOT, 10, 60 * SECOND_MS, ONCE),
    ActorTerms(prune, Actor.PRUNE, 20, 60 * SECOND_MS, TryTerms(tries_max=3)),
    ActorTerms(backfill_candles, Actor.BACKFILL, 30, 600 * SECOND_MS, ONCE),
    # Some four minutes: a code that comes later is too old.
    ActorTerms(
        send_mail,
        Actor.MAIL,
        10,
        90 * SECOND_MS,
        TryTerms(tries_max=10, pause_ms_min=1_000, pause_ms_max=60_000),
    ),
    # Who waits for it gives up before: then the schedule does it.
    ActorTerms(
        write_limits_in_force,
        Actor.LIMITS,
        0,
        10 * SECOND_MS,
        TryTerms(tries_max=3),
        answers=True,
    ),
    # Moving and dropping days may take its time: nobody waits for it.
    ActorTerms(keep_trade_days, Actor.TRADE_DAYS, 20, 600 * SECOND_MS, TryTerms(tries_max=3)),
)
