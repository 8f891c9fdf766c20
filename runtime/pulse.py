"""A process's sign of life: every few seconds its presence and its metrics go to Redis (REDIS_URL).

Operators see the one in /ops and Prometheus the other at /metrics. A Redis that is away delays it and stops
nothing.
"""

import atexit
import os
import threading
import time
from pathlib import Path

import redis
from prometheus_client import CollectorRegistry

from runtime.connections import queue_redis
from runtime.logs import get_logger
from runtime.pacing import Seldom
from runtime.presence import Presence, say_gone, say_present
from runtime.published_metrics import publish_metrics, this_instance
from runtime.settings import Settings
from runtime.version import VERSION

EVERY_S = 2.0
TIMEOUT_S = 0.5
_MEMORY = Path("/proc/self/statm")

log = get_logger(__name__)


class Pulse:
    """The beats of this process, from a thread of its own."""

    def __init__(self, settings: Settings, process: str, metrics: CollectorRegistry | None = None) -> None:
        """process: its name in the Procfile. metrics: None for who has or publishes none here."""
        # Who ends waits no longer for a Redis that is away.
        self._settings = settings.model_copy(
            update={"redis_timeout_s": min(settings.redis_timeout_s, TIMEOUT_S)}
        )
        self._process = process
        self._metrics = metrics
        self._since_ms = _now_ms()
        self._stopped = threading.Event()

    def start(self) -> "Pulse":
        """Begins to beat, until the process ends or `stop`."""
        threading.Thread(target=self._run, name="pulse", daemon=True).start()
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Says that the process ends; more often than once changes nothing."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        try:
            with queue_redis(self._settings, name="pulse") as client:
                say_gone(client, self.presence())
        except redis.RedisError as error:
            log.debug("the end was not told", error=type(error).__name__)

    def presence(self) -> Presence:
        """What it says of itself now."""
        return Presence(
            process=self._process,
            instance=this_instance(),
            version=VERSION,
            since_ms=self._since_ms,
            seen_ms=_now_ms(),
            cpu_s=time.process_time(),
            resident_bytes=_resident_bytes(),
        )

    def beat(self, client: redis.Redis) -> None:
        """Says it once. Raises redis.RedisError."""
        say_present(client, self.presence())
        if self._metrics is not None:
            publish_metrics(client, self._process, this_instance(), self._metrics)

    def _run(self) -> None:
        failures = Seldom()
        with queue_redis(self._settings, name="pulse") as client:
            while not self._stopped.is_set():
                try:
                    self.beat(client)
                except redis.RedisError as error:
                    if times := failures.due():
                        log.warning("no sign of life given", error=type(error).__name__, times=times)
                self._stopped.wait(EVERY_S)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _resident_bytes() -> int:
    """0 where the system doesn't tell."""
    try:
        pages = int(_MEMORY.read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
