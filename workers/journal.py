"""The journal process: hears of new order events at once and starts the work on them.

`python -m workers.journal`. It carries no data: whatever it misses, the schedule's nudges make good.
"""

import redis
import redis.exceptions
from dramatiq.brokers.redis import RedisBroker

from domain.orders import FIRST_EVENT_ID, EventId
from orders.events import newest_event_id, wait_events
from runtime.broker import Actor, Queue, connect_broker
from runtime.connections import orders_redis
from runtime.logs import get_logger
from runtime.process import Stop, start_process
from runtime.settings import Settings
from workers.nudge import nudge
from workers.recurring import brief

log = get_logger(__name__)

# How long one wait for events lasts: a stop is seen after it.
BLOCK_S = 1.0
# Events within it of the last nudge wait for the next: a burst is journaled in few transactions.
COALESCE_S = 0.05
# A pause after Redis was away.
AWAY_S = 0.5


class EventWatch:
    """Follows the shards' streams and nudges the journal actor."""

    def __init__(self, order_state: redis.Redis, broker: RedisBroker, shards: int) -> None:
        self._order_state = order_state
        self._broker = broker
        # Enough for one waiting and one running nudge of every shard, each counted twice while it runs.
        self._waiting_max = 4 * shards + 4
        self._seen: dict[int, EventId] = {}
        self._shards = range(shards)

    def step(self) -> bool:
        """Waits for events and nudges for each shard that has some; True when one had. Raises redis' errors.

        A shard counts as seen once its nudge is in the queue, or the queue is so full that others' will do.
        """
        newest = self._first_look() if not self._seen else self._wait()
        for shard, event_id in newest.items():
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
    watch = EventWatch(orders_redis(patient, name="journal"), connect_broker(settings), settings.order_shards)
    while not stop:
        try:
            if watch.step():
                stop.wait(COALESCE_S)
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            log.warning("Redis is away", error=brief(error))
            stop.wait(AWAY_S)


if __name__ == "__main__":
    run(*start_process("journal"))
