"""What a worker does with messages of an actor that operators have paused."""

import threading
import time

import redis
from dramatiq import Broker
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware, SkipMessage

from operators.parking import PARKED_ID
from operators.pauses import paused_names
from runtime.failures import brief
from runtime.logs import get_logger
from workers.tries import put_back, terms_of

log = get_logger(__name__)

LOOK_EVERY_S = 1.0
# How long a message stays away until it is looked at again.
AWAY_MS = 5_000


class Pauses(Middleware):
    """Puts messages of a paused actor back, delayed: nothing waits in the queue's way, no try is counted.

    Those that whoever started them starts again by itself (TryTerms.comes_again) are let go: put back, they
    would pile up for as long as the pause lasts. A worker that is killed in between leaves a message twice,
    which actors take.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: frozenset[str] = frozenset()
        self._look_at = 0.0

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Raises SkipMessage for a paused actor's."""
        assert isinstance(broker, RedisBroker)
        if message.actor_name not in self._paused(broker.client):
            return
        if PARKED_ID in message.options or not terms_of(broker, message).comes_again:
            put_back(broker, message, AWAY_MS)
        raise SkipMessage(f"{message.actor_name} is paused")

    def _paused(self, client: redis.Redis) -> frozenset[str]:
        with self._lock:
            if time.monotonic() < self._look_at:
                return self._names
            self._look_at = time.monotonic() + LOOK_EVERY_S
        try:
            self._names = paused_names(client)
        except redis.RedisError as error:
            log.warning("not known which actors are paused: as before", error=brief(error))
        return self._names
