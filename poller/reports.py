"""What the feed tells of itself: a line in the log now and then, and figures for /metrics twice a second."""

import asyncio
import time
from collections.abc import Mapping

import redis

from poller.handoff import Handoff
from poller.kafka import KafkaSink
from poller.sinks import Fanout, figures
from poller.sources import Source
from runtime.figures import publish_figures
from runtime.logs import get_logger
from runtime.pacing import Seldom
from runtime.published_metrics import publish_metrics, this_instance

PUBLISH_EVERY_S = 0.5
PROCESS = "poller"

log = get_logger(__name__)


class FeedReport:
    """The figures of one run of the feed."""

    def __init__(self, source: Source, fanout: Fanout, handoff: Handoff, kafka: KafkaSink) -> None:
        self._source = source
        self._fanout = fanout
        self._handoff = handoff
        self._kafka = kafka

    def figures(self) -> Mapping[str, int]:
        """All of them, by name."""
        return {**figures(self._fanout, self._handoff, self._kafka), **self._source.figures()}

    async def write(self, *, every_s: float) -> None:
        """Writes a line every so often."""
        ticks_before, began_at = self._fanout.ticks, time.monotonic()
        while True:
            await asyncio.sleep(every_s)
            rate = (self._fanout.ticks - ticks_before) / (time.monotonic() - began_at)
            ticks_before, began_at = self._fanout.ticks, time.monotonic()
            log.info("feed", source=self._source.name, ticks_per_s=round(rate, 1), **self.figures())

    def _publish(self, client: redis.Redis) -> None:
        publish_figures(client, PROCESS, self.figures())
        publish_metrics(client, PROCESS, this_instance(), self._fanout.hops.registry)

    async def publish(self, client: redis.Redis) -> None:
        """Publishes them again and again; a Redis that is away delays it and stops nothing."""
        failures = Seldom()
        while True:
            try:
                await asyncio.to_thread(self._publish, client)
            except redis.RedisError as error:
                if times := failures.due():
                    log.warning("figures not published", error=str(error), times=times)
            await asyncio.sleep(PUBLISH_EVERY_S)
