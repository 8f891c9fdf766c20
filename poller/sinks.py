"""Where ticks go: first Redis, which prices and fires, then Kafka, which remembers.

One thread takes the ticks from the handoff in order. Nothing is dropped: a tick that Redis can't take now is
tried again before the next one, and a Kafka that is too far behind holds the feed.
"""

import time
from collections import Counter, deque
from collections.abc import Sequence

import redis

from domain.messages import PastTick, Tick
from orders.codes import Code, Refused
from orders.holding import LeaseLost
from orders.ticks import TickLane, TickResult
from poller.handoff import Handoff
from poller.hops import Hops
from poller.kafka import KafkaSink
from runtime.logs import get_logger
from runtime.pacing import JitteredBackoff, Seldom
from runtime.process import Stop
from runtime.settings import Settings

_IDLE_S = 0.05
_RETRY_FIRST_S = 0.05
_RETRY_MAX_S = 0.25
# Of the grace that a stopping process has, what is left for checkpoint and goodbye.
_GRACE_SHARE = 0.8

log = get_logger(__name__)


class Fanout:
    """The thread's work. Counters may be read by any thread."""

    def __init__(
        self,
        handoff: Handoff,
        lane: TickLane,
        kafka: KafkaSink,
        *,
        settings: Settings,
        stop: Stop,
    ) -> None:
        self._handoff = handoff
        self._lane = lane
        self._kafka = kafka
        # Redis has had them, Kafka gets them while the next ones are with Redis.
        self._priced: deque[Tick] = deque()
        self._grace_s = settings.graceful_stop_s * _GRACE_SHARE
        self._stop = stop
        self._stop_seen_at: float | None = None
        self._redis_log = Seldom()
        self.hops = Hops()
        self.ticks = 0
        self.past = 0
        self.fired = 0
        self.lag_us = 0
        self.refusals: Counter[str] = Counter()

    def run(self) -> None:
        """Applies ticks until the handoff is drained, or until the grace of a stop is over."""
        try:
            while not self._handoff.drained and not self._out_of_time():
                ticks = self._next()
                if ticks and not self._fan_out(ticks):
                    break
            self._remember_all()
        finally:
            missing = self._kafka.close(self._deadline()) + len(self._priced)
            self._lane.close()
        log.info("sinks closed", ticks=self.ticks, undelivered=missing, left_in_queue=self._handoff.depth)

    def _next(self) -> list[Tick]:
        """Ticks that go out together; none while the feed is quiet."""
        ticks = self._handoff.get(0.0)
        if not ticks and not self._handoff.drained:
            self._remember_all()
            # Deliveries are still reported while the feed is quiet.
            self._kafka.serve()
            ticks = self._handoff.get(_IDLE_S)
        return ticks

    def _fan_out(self, ticks: Sequence[Tick]) -> bool:
        """A few ticks to Redis, past ones not, and those before them to Kafka; False when time ran out."""
        live = [tick for tick in ticks if not isinstance(tick, PastTick)]
        self.past += len(ticks) - len(live)
        if live and not self._price(live):
            return False
        # What Kafka had no room for meanwhile.
        if not self._remember_all():
            return False
        self._priced.extend(ticks)
        return True

    def _remember(self) -> None:
        """Gives Kafka what Redis has had, as far as it takes it now."""
        while self._priced and self._kafka.send(self._priced[0]):
            self._priced.popleft()
        self._kafka.serve()

    def _remember_all(self) -> bool:
        """Gives Kafka all of it, and waits for room; False when time ran out."""
        while self._priced:
            self._remember()
            if self._priced:
                if self._out_of_time():
                    return False
                self._kafka.serve(_IDLE_S)
        return True

    def _price(self, ticks: Sequence[Tick]) -> bool:
        """Live ticks to Redis; False when time ran out before it had them."""
        taken_us = time.time_ns() // 1000
        results = self._apply(ticks)
        if results is None:
            return False
        now_us = time.time_ns() // 1000
        self.hops.applied(ticks[0], taken_us=taken_us, applied_us=now_us)
        for tick, result in zip(ticks, results, strict=True):
            self.ticks += 1
            self.fired += result.fired
            self.lag_us = now_us - tick.received_time_us
            if not result.accepted:
                self.refusals[str(result.refusal)] += 1
        return True

    def _apply(self, ticks: Sequence[Tick]) -> list[TickResult] | None:
        """The order state's answers, however long it takes to come back and to open; None when time ran out.

        Raises LeaseLost when another poller has the feed.
        """
        backoff = JitteredBackoff(_RETRY_FIRST_S, _RETRY_MAX_S)
        while True:
            try:
                return self._lane.apply(ticks, meanwhile=self._remember)
            except (redis.RedisError, Refused) as error:
                if isinstance(error, Refused) and error.code is Code.FENCED:
                    raise LeaseLost("another poller has the feed") from error
                if times := self._redis_log.due():
                    log.warning("the order state takes no tick, trying again", error=str(error), times=times)
            until = time.monotonic() + backoff.next_s()
            while (left_s := until - time.monotonic()) > 0:
                self._kafka.serve(min(left_s, _IDLE_S))
            if self._out_of_time():
                return None

    def _deadline(self) -> float:
        if self._stop_seen_at is None:
            self._stop_seen_at = time.monotonic()
        return self._stop_seen_at + self._grace_s

    def _out_of_time(self) -> bool:
        return bool(self._stop) and time.monotonic() > self._deadline()


def figures(fanout: Fanout, handoff: Handoff, kafka: KafkaSink) -> dict[str, int]:
    """What the log tells of the sinks every few seconds; lag is from receipt to applied."""
    return {
        "ticks": fanout.ticks,
        "past": fanout.past,
        "fired": fanout.fired,
        "lag_us": fanout.lag_us,
        "queued": handoff.depth,
        "kafka_unacknowledged": kafka.unacknowledged,
        "kafka_delivered": kafka.delivered,
        "kafka_failed": kafka.failed,
        **{f"refused_{why}": times for why, times in fanout.refusals.items()},
    }
