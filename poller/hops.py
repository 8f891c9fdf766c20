"""How long trades take on their way to a price in Redis.

One of those that go out together is timed, and not more than some hundred a second: the rest are as quick.
"""

from prometheus_client import CollectorRegistry

from domain.messages import Tick
from runtime.hops import hop

_APART_US = 2_000


class Hops:
    """The poller's hops; runtime/hops.py says which there are."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._feed = hop(
            "feed", "From the exchange's time of a trade to the poller's receipt.", self.registry
        )
        self._decode = hop(
            "decode",
            "From the receipt of a trade until the thread that writes to Redis has it.",
            self.registry,
        )
        self._apply = hop("apply", "From there until Redis has applied it.", self.registry)
        self._timed_us = 0

    def applied(self, tick: Tick, *, taken_us: int, applied_us: int) -> None:
        """A live trade became a price; microseconds since the epoch."""
        if abs(applied_us - self._timed_us) < _APART_US:
            return
        self._timed_us = applied_us
        self._feed.observe(max(0.0, tick.received_time_us / 1e6 - tick.event_time_ms / 1e3))
        self._decode.observe(max(0, taken_us - tick.received_time_us) / 1e6)
        self._apply.observe(max(0, applied_us - taken_us) / 1e6)
