"""Where ticks go: first Redis, which prices and fires, then Kafka, which remembers.

One thread takes the ticks from the handoff in order. Nothing is dropped: a tick that Redis can't take now is
tried again before the next one, and a Kafka that is too far behind holds the feed.
"""

import time
from collections import Counter

import redis

from domain.messages import PastTick, Tick
from orders.client import OrderDesk, TickResult
from orders.codes import Code, Refused
from orders.holding import LeaseLost
from poller.handoff import Handoff
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
        desk: OrderDesk,
        kafka: KafkaSink,
        *,
        settings: Settings,
        stop: Stop,
        token: int,
    ) -> None:
        """token: of the lease of the feed."""
        self._handoff = handoff
        self._desk = desk
        self._token = token
        self._kafka = kafka
        self._grace_s = settings.graceful_stop_s * _GRACE_SHARE
        self._stop = stop
        self._stop_seen_at: float | None = None
        self._redis_log = Seldom()
        self.ticks = 0
        self.past = 0
        self.fired = 0
        self.lag_us = 0
        self.refusals: Counter[str] = Counter()

    def run(self) -> None:
        """Applies ticks until the handoff is drained, or until the grace of a stop is over."""
        try:
            while not self._handoff.drained and not self._out_of_time():
                tick = self._next()
                if tick is not None and not self._fan_out(tick):
                    break
        finally:
            missing = self._kafka.close(self._deadline())
        log.info("sinks closed", ticks=self.ticks, undelivered=missing, left_in_queue=self._handoff.depth)

    def _next(self) -> Tick | None:
        tick = self._handoff.get(0.0)
        if tick is None and not self._handoff.drained:
            # Deliveries are still reported while the feed is quiet.
            self._kafka.serve()
            tick = self._handoff.get(_IDLE_S)
        return tick

    def _fan_out(self, tick: Tick) -> bool:
        """One tick to both sinks, a past one to Kafka only; False when time ran out before they had it."""
        if isinstance(tick, PastTick):
            self.past += 1
            return self._remember(tick)
        result = self._apply(tick)
        if result is None:
            return False
        self.ticks += 1
        self.fired += result.fired
        self.lag_us = time.time_ns() // 1000 - tick.received_time_us
        if not result.accepted:
            self.refusals[str(result.refusal)] += 1
        return self._remember(tick)

    def _remember(self, tick: Tick) -> bool:
        while not self._kafka.send(tick):
            if self._out_of_time():
                return False
            self._kafka.serve(_IDLE_S)
        return True

    def _apply(self, tick: Tick) -> TickResult | None:
        """The order state's answer, however long it takes to come back and to open; None when time ran out.

        Raises LeaseLost when another poller has the feed.
        """
        backoff = JitteredBackoff(_RETRY_FIRST_S, _RETRY_MAX_S)
        while True:
            try:
                return self._desk.apply_tick(tick, token=self._token)
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
