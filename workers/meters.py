"""What workers count: messages by actor and how they ended, and how long the work took."""

import threading
import time
from typing import Any

from dramatiq import Broker, Worker
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware
from prometheus_client import CollectorRegistry, Counter, Histogram

from runtime.failures import SERVER_AWAY
from runtime.pulse import Pulse
from runtime.settings import Settings

PROCESS = "worker"
METRICS = CollectorRegistry(auto_describe=False)
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
# done; failed: a try that will be followed by another, or not; away: a server was; parked: given up.
_MESSAGES = Counter(
    "cfdesk_actor_messages", "Tries of messages, by how they ended.", ["actor", "outcome"], registry=METRICS
)
_SECONDS = Histogram(
    "cfdesk_actor_seconds", "How long a try took.", ["actor"], buckets=_BUCKETS_S, registry=METRICS
)


def count_parked(actor: str) -> None:
    """A message was given up, besides its last try."""
    _MESSAGES.labels(actor, "parked").inc()


class Meters(Middleware):
    """Counts around every message, and says in each worker process that it lives."""

    def __init__(self, settings: Settings) -> None:
        self._pulse = Pulse(settings, PROCESS, METRICS)
        # A thread works on one message at a time.
        self._mine = threading.local()

    def after_process_boot(self, broker: Broker) -> None:
        """The process is a worker from now on; tests' workers within a process are none."""
        self._pulse.start()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """The process ends."""
        self._pulse.stop()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """A try begins."""
        self._mine.began_at = time.monotonic()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """A try has ended."""
        if message.actor_name not in broker.get_declared_actors():
            # Any name may stand in a message.
            return
        _MESSAGES.labels(message.actor_name, _outcome(exception)).inc()
        _SECONDS.labels(message.actor_name).observe(time.monotonic() - self._mine.began_at)


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "done"
    return "away" if isinstance(error, SERVER_AWAY) else "failed"
