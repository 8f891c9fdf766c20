"""What the relay tells of itself: how long prices take on their way, and how many clients there are."""

import time
from collections.abc import Callable

import gevent
import orjson
import redis
from prometheus_client import CollectorRegistry, Counter, Gauge

from runtime.hops import hop
from runtime.logs import get_logger
from runtime.pacing import Seldom
from runtime.published_metrics import publish_metrics, this_instance

PROCESS = "relay"
PUBLISH_EVERY_S = 1.0

log = get_logger(__name__)


class Hops:
    """The figures of one relay process."""

    def __init__(self, connect: Callable[[], redis.Redis]) -> None:
        """connect: to the Redis that figures are published in."""
        self._connect = connect
        self.registry = CollectorRegistry(auto_describe=False)
        self.clients = Gauge("cfdesk_relay_clients", "Clients connected.", registry=self.registry)
        self.closed = Counter(
            "cfdesk_relay_closed", "Clients closed by the relay, by code.", ["code"], registry=self.registry
        )
        self.slow = Counter(
            "cfdesk_relay_slow",
            "Times that a client did not take at once what was written.",
            registry=self.registry,
        )
        self.resumed = Counter(
            "cfdesk_relay_resumed", "Clients told what they missed, by how.", ["how"], registry=self.registry
        )
        self._redis = hop(
            "redis", "From the poller's receipt of a price until the relay has it from Redis.", self.registry
        )
        self._relay = hop(
            "relay", "From there until it is written to the last client, by rounds.", self.registry
        )

    def price_arrived(self, data: bytes) -> None:
        """A price as it was published came in."""
        received_ms = orjson.loads(data).get("receivedTime")
        if isinstance(received_ms, float | int):
            self._redis.observe(max(0.0, time.time() - received_ms / 1000))

    def round_done(self, seconds: float) -> None:
        """A round over all clients is through."""
        self._relay.observe(seconds)

    def run(self) -> None:
        """Publishes them again and again; a Redis that is away delays it and stops nothing."""
        failures = Seldom()
        with self._connect() as client:
            while True:
                try:
                    publish_metrics(client, PROCESS, this_instance(), self.registry)
                except redis.RedisError as error:
                    if times := failures.due():
                        log.warning("figures not published", error=type(error).__name__, times=times)
                gevent.sleep(PUBLISH_EVERY_S)
