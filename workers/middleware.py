"""What happens around every message that a worker works on."""

from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results

from runtime.broker import results_of
from workers.traces import Traces
from workers.tries import Tries

RESULT_KEPT_MS = 300_000


def equip(broker: RedisBroker) -> None:
    """Gives the broker its middleware."""
    results = Results(backend=results_of(broker.client), result_ttl=RESULT_KEPT_MS)  # type: ignore[no-untyped-call]
    for one in (results, Tries(), Traces()):
        broker.add_middleware(one)
