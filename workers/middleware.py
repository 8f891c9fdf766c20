"""What happens around every message that a worker works on."""

import logging

from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results

from runtime.broker import results_of
from runtime.settings import Settings
from workers.meters import Meters
from workers.pauses import Pauses
from workers.traces import Traces
from workers.tries import Tries

RESULT_KEPT_MS = 300_000
_WORKER_LOG = "dramatiq.worker.WorkerThread"
_LEFT_OUT = ("Failed to process message", "Message %s was skipped")


class OncePerFailure(logging.Filter):
    """Leaves out Dramatiq's lines about messages that failed or were skipped, which have all their arguments.

    Those of a batch are 500 trades. Tries says it in a line, and what is parked keeps the traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        return not str(record.msg).startswith(_LEFT_OUT)


def equip(broker: RedisBroker, settings: Settings) -> None:
    """Gives the broker its middleware."""
    results = Results(backend=results_of(broker.client), result_ttl=RESULT_KEPT_MS)  # type: ignore[no-untyped-call]
    for one in (results, Pauses(), Tries(), Traces(), Meters(settings)):
        broker.add_middleware(one)
    told = logging.getLogger(_WORKER_LOG)
    if not any(isinstance(one, OncePerFailure) for one in told.filters):
        told.addFilter(OncePerFailure())
