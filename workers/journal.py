"""The journal process: starts the work on new order events at once, and keeps the desk open.

`python -m workers.journal`. It carries no data: whatever it misses, the schedule's nudges make good. After a
restart of the order state's server, a failover or a loss it proves the state anew, or brings it back
(workers.opening); until then nothing is traded.
"""

import time

import redis
from dramatiq.brokers.redis import RedisBroker
from prometheus_client import CollectorRegistry, Counter, Gauge

from domain.orders import FIRST_EVENT_ID, EventId
from orders.codes import Refused
from orders.events import newest_event_id, wait_events
from runtime.broker import Actor, Queue, connect_broker
from runtime.connections import engine, orders_redis
from runtime.failures import SERVER_AWAY, brief
from runtime.logs import get_logger
from runtime.process import Stop, start_process
from runtime.settings import Settings
from workers.nudge import nudge
from workers.opening import Opener, StateLostError
from workers.restore import IncompleteError

log = get_logger(__name__)

# How long one wait for events lasts: a stop is seen after it, and that a server was started anew (the client
# has connected again by itself).
BLOCK_S = 0.25
# Events within it of the last nudge wait for the next: a burst is journaled in few transactions.
COALESCE_S = 0.05
# Between two looks whether the desk is open, and the most shards looked at in a second.
LOOK_EVERY_S = 0.1
LOOKS_PER_S_MAX = 500
# A pause after a server was away: as long as it lasts nothing is traded.
AWAY_S = 0.05
# ... and after the state was found to be wrong.
CLOSED_S = 5.0
METRICS = CollectorRegistry(auto_describe=False)
_NUDGES = Counter("cfdesk_journal_nudges", "Times that new events were seen.", registry=METRICS)
_CLOSED = Gauge("cfdesk_desk_closed", "Whether the desk stays closed until it is mended.", registry=METRICS)


class EventWatch:
    """Follows the shards' streams and nudges the journal actor."""

    def __init__(self, order_state: redis.Redis, broker: RedisBroker, shards: int) -> None:
        self._order_state = order_state
        self._broker = broker
        # Enough for one waiting and one running nudge of every shard, and some to spare.
        self._waiting_max = 4 * shards + 4
        self._seen: dict[int, EventId] = {}
        self._shards = range(shards)

    def step(self) -> bool:
        """Waits for events and nudges for each shard that has some; True when one had. Raises redis' errors.

        A shard counts as seen once its nudge is in the queue, or the queue is so full that others' will do.
        """
        newest = self._first_look() if not self._seen else self._wait()
        for shard, event_id in newest.items():
            _NUDGES.inc()
            nudge(self._broker, Actor.JOURNAL, Queue.ORDERS, shard, waiting_max=self._waiting_max)
            self._seen[shard] = event_id
        return bool(newest)

    def _first_look(self) -> dict[int, EventId]:
        """Every shard, as events may have come while nobody watched."""
        return {shard: newest_event_id(self._order_state, shard) or FIRST_EVENT_ID for shard in self._shards}

    def _wait(self) -> dict[int, EventId]:
        return wait_events(self._order_state, self._seen, seconds=BLOCK_S)


def run(settings: Settings, stop: Stop) -> None:
    """Watches until the stop."""
    # A wait for events is an answer that takes its time: the socket must be more patient than the wait.
    patient = settings.model_copy(update={"redis_timeout_s": settings.redis_timeout_s + BLOCK_S})
    order_state = orders_redis(patient, name="journal")
    opener = Opener(engine(settings, name="journal"), order_state, settings)
    watch = EventWatch(order_state, connect_broker(settings), settings.order_shards)
    look_at, look_every_s = 0.0, max(LOOK_EVERY_S, settings.order_shards / LOOKS_PER_S_MAX)
    while not stop:
        try:
            if time.monotonic() >= look_at:
                opener.open_all()
                _CLOSED.set(0)
                look_at = time.monotonic() + look_every_s
            if watch.step():
                stop.wait(COALESCE_S)
        except SERVER_AWAY as error:
            log.warning("a server is away", error=brief(error))
            # It may come back closed.
            look_at = 0.0
            stop.wait(AWAY_S)
        except (StateLostError, IncompleteError, Refused) as error:
            # Nothing is traded, and only an operator can mend it.
            log.error("the desk stays closed", error=brief(error))
            _CLOSED.set(1)
            stop.wait(CLOSED_S)


if __name__ == "__main__":
    run(*start_process("journal", METRICS))
