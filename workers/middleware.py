"""What happens around every message that a worker works on."""

import logging

from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results

from runtime.broker import results_of
from runtime.settings import Settings
from workers.meters import Meters
from workers.traces import Traces
from workers.tries import Tries

RESULT_KEPT_MS = 300_000
_WORKER_LOG = "dramatiq.worker.WorkerThread"


class OncePerFailure(logging.Filter):
    """Leaves out Dramatiq's line about a failed message, which has all its arguments: 500 trades of a batch.

    Tries says it in a line of its own, and what is parked keeps the traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        return not str(record.msg).startswith("Failed to process message")


def equip(broker: RedisBroker, settings: Settings) -> None:
    """Gives the broker its middleware."""
    results = Results(backend=results_of(broker.client), result_ttl=RESULT_KEPT_MS)  # type: ignore[no-untyped-call]
    for one in (results, Tries(), Traces(), Meters(settings)):
        broker.add_middleware(one)
    told = logging.getLogger(_WORKER_LOG)
    if not any(isinstance(one, OncePerFailure) for one in told.filters):
        told.addFilter(OncePerFailure())
