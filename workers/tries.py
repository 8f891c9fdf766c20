"""What becomes of a message whose actor failed: tried again after a growing pause, parked, or let go.

Stands in for Dramatiq's Retries, whose count doesn't tell a server's absence from a fault, and whose dead
letters vanish after a week.
"""

import time
from dataclasses import dataclass
from typing import Any

import redis.exceptions
from dramatiq import Broker, Message
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import compute_backoff, q_name
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import Middleware

from operators.parking import PARKED_ID, Failure, done, park
from runtime.broker import forget_dead_letter
from runtime.failures import SERVER_AWAY, brief
from runtime.logs import get_logger
from workers.meters import count_parked
from workers.resources import resources

log = get_logger(__name__)

# In a message's options.
FAILURES = "failures"
ABSENCES = "absences"

# With pauses of up to 5 s some eight minutes. Then whoever started the work starts it again: a batcher its
# batch, the schedule its job, a person what they retried.
ABSENCES_MAX = 100
# How long a worker tries to put a message back with Redis away; then it waits as Dramatiq does, in `nack`.
PUT_BACK_LIMIT_S = 60.0
PUT_BACK_EVERY_S = 1.0


@dataclass(frozen=True)
class TryTerms:
    """How often a message is tried, and its pauses: they double from the first to the longest.

    comes_again: whoever started the work starts it again by itself, so a message that is gone is no loss.
    """

    tries_max: int = 3
    pause_ms_min: int = 200
    pause_ms_max: int = 5_000
    comes_again: bool = False

    def pause_ms(self, failed: int) -> int:
        """The pause after so many tries, with jitter."""
        return compute_backoff(failed - 1, factor=self.pause_ms_min, max_backoff=self.pause_ms_max)[1]


class Tries(Middleware):
    """Decides after each failure. Pauses are delayed messages: nothing waits in the queue's way."""

    @property
    def actor_options(self) -> set[str]:
        """`terms`: the actor's TryTerms."""
        return {"terms"}

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Puts a failed message back or parks it; either way Dramatiq is done with this copy of it."""
        assert isinstance(broker, RedisBroker)
        if exception is None:
            self._succeeded(message)
        elif isinstance(exception, SERVER_AWAY):
            self._absent(broker, message, exception)
        else:
            self._failed(broker, message, exception)

    def after_nack(self, broker: Broker, message: MessageProxy) -> None:
        """Parks what Dramatiq itself gave up, and takes it off its dead letters: unknown actors' messages."""
        assert isinstance(broker, RedisBroker)
        if message.actor_name not in broker.get_declared_actors():
            error = ActorNotFound(message.actor_name)  # type: ignore[no-untyped-call]
            _park(message, error, tries=1)
            forget_dead_letter(broker, message.queue_name, message.options["redis_message_id"])

    def _succeeded(self, message: MessageProxy) -> None:
        parked_id = message.options.get(PARKED_ID)
        if parked_id is None:
            return
        # If this can't be noted now, it stays as retried, for a person to retry or drop.
        with resources().database.begin() as connection:
            done(connection, parked_id)
        log.info("a retried message is done", actor=message.actor_name, parked=parked_id)

    def _absent(self, broker: RedisBroker, message: MessageProxy, error: Exception) -> None:
        absences = message.options[ABSENCES] = message.options.get(ABSENCES, 0) + 1
        if absences >= ABSENCES_MAX:
            log.error("let go: a server is away", actor=message.actor_name, error=brief(error))
            return
        log.warning("a server is away; tried again", actor=message.actor_name, error=brief(error))
        put_back(broker, message, terms_of(broker, message).pause_ms(absences))

    def _failed(self, broker: RedisBroker, message: MessageProxy, error: BaseException) -> None:
        terms = terms_of(broker, message)
        failures = message.options[FAILURES] = message.options.get(FAILURES, 0) + 1
        if failures < terms.tries_max:
            log.warning(
                "failed; tried again",
                actor=message.actor_name,
                tries=failures,
                error=brief(error),
                # Where it was raised, once.
                exc_info=error if failures == 1 else None,
            )
            put_back(broker, message, terms.pause_ms(failures))
            return
        try:
            _park(message, error, tries=failures)
        except SERVER_AWAY as away:
            log.warning("not parked: PostgreSQL is away", actor=message.actor_name, error=brief(away))
            if terms.tries_max > 1:
                self._absent(broker, message, away)
            # What isn't tried again is started again, and fails again if it must.
        except Exception:
            # Dramatiq's dead letters keep for a week what can't be parked.
            message.fail()
            raise


def _park(message: MessageProxy, error: BaseException, *, tries: int) -> None:
    mine = resources()
    failure = Failure.of(message.copy(), q_name(message.queue_name), error, tries)
    with mine.database.begin() as connection:
        kept = park(connection, failure, parked_max=mine.settings.parked_max)
        if kept and PARKED_ID in message.options:
            # Retried, it failed otherwise than before: the row of that is told by the new one.
            done(connection, message.options[PARKED_ID])
    count_parked(failure.actor)
    told = {"actor": failure.actor, "subject": failure.subject, "error": brief(error), "tries": tries}
    if kept:
        log.error("parked: see `flask queues parked`", **told)
    else:
        log.error("let go: no more messages may be parked", parked_max=mine.settings.parked_max, **told)


def put_back(broker: RedisBroker, message: MessageProxy, pause_ms: int) -> None:
    """Enqueues the message again after the pause; with Redis away leaves it to Dramatiq as failed."""
    copy: Message[Any] = message.copy()
    deadline = time.monotonic() + PUT_BACK_LIMIT_S
    while True:
        try:
            broker.enqueue(copy, delay=pause_ms)
        except redis.exceptions.RedisError as error:
            log.warning("not put back: Redis is away or full", actor=message.actor_name, error=brief(error))
            if time.monotonic() >= deadline:
                message.fail()
                return
            time.sleep(PUT_BACK_EVERY_S)
        else:
            return


def terms_of(broker: RedisBroker, message: MessageProxy) -> TryTerms:
    """The terms of the message's actor."""
    terms = broker.get_actor(message.actor_name).options["terms"]
    assert isinstance(terms, TryTerms)
    return terms
