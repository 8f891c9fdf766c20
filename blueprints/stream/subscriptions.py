"""Channels of one Redis server: one connection for the process, subscribed to what is wanted and no more.

redis-py's own PubSub mends a lost connection behind our back, though messages were missed meanwhile, and
costs several times what reading an answer costs; so this reads the connection itself.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent
import redis
from gevent.event import Event
from gevent.lock import RLock

from runtime.logs import get_logger

RECONNECT_S = 0.2
CONFIRM_S = 2.0

log = get_logger(__name__)


class Subscriptions:
    """The channels that are wanted, and the greenlet's work that hears them."""

    def __init__(
        self,
        connect: Callable[[], redis.Redis],
        *,
        on_message: Callable[[str, bytes], None],
        on_lost: Callable[[], None],
    ) -> None:
        """on_lost: told when the connection is gone, since messages may be missed."""
        self._connect = connect
        self._on_message = on_message
        self._on_lost = on_lost
        self._confirmed: dict[str, Event] = {}
        # Subscriptions asked for and not yet confirmed: only the last one's word counts.
        self._asked: Counter[str] = Counter()
        self._connection: Any = None
        # Whoever wants a channel writes to the one connection.
        self._writing = RLock()

    def want(self, channel: str, *, patience_s: float = CONFIRM_S) -> bool:
        """Hears the channel from now on; True once Redis has confirmed it, False when that takes too long."""
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = Event()
            self._say("SUBSCRIBE", channel)
        return bool(confirmed.wait(patience_s))

    def unwant(self, channel: str) -> None:
        """Nobody wants it any more."""
        if self._confirmed.pop(channel, None) is not None:
            self._say("UNSUBSCRIBE", channel)

    def run(self) -> None:
        """Hears for ever, whatever becomes of the server."""
        while True:
            self._asked.clear()
            # Whoever was told that it hears a channel is not told so again: messages may lie in between.
            self._confirmed = {
                channel: Event() if confirmed.is_set() else confirmed
                for channel, confirmed in self._confirmed.items()
            }
            try:
                with self._connect() as client:
                    self._hear(client)
            except (redis.RedisError, OSError) as error:
                log.warning("redis lost", error=type(error).__name__)
            self._on_lost()
            gevent.sleep(RECONNECT_S)

    def _hear(self, client: redis.Redis) -> None:
        connection = client.connection_pool.get_connection()
        try:
            self._connection = connection
            if self._confirmed:
                self._say("SUBSCRIBE", *self._confirmed)
            is_asked = False
            while True:
                try:
                    answer = connection.read_response(disconnect_on_error=False, push_request=True)
                except redis.TimeoutError:
                    # A quiet channel, or a server that is gone without a word: the second time it was asked.
                    if is_asked:
                        raise
                    is_asked = True
                    connection.send_command("PING", check_health=False)  # type: ignore[no-untyped-call]
                    continue
                is_asked = False
                if isinstance(answer, list) and len(answer) == 3:
                    self._take(*answer)
        finally:
            self._connection = None
            connection.disconnect()  # type: ignore[no-untyped-call]
            client.connection_pool.release(connection)

    def _take(self, kind: bytes, channel: bytes, data: Any) -> None:
        if kind == b"message":
            self._on_message(channel.decode(), data)
        elif kind == b"subscribe":
            name = channel.decode()
            self._asked[name] -= 1
            if self._asked[name] <= 0:
                del self._asked[name]
                if confirmed := self._confirmed.get(name):
                    confirmed.set()

    def _say(self, command: str, *channels: str) -> None:
        with self._writing:
            if self._connection is None:
                # Said as soon as there is one.
                return
            if command == "SUBSCRIBE":
                self._asked.update(channels)
            try:
                self._connection.send_command(command, *channels, check_health=False)
            except (redis.RedisError, OSError):
                # The reader meets the same error, connects again, and subscribes to all that is wanted. To
                # say more on this connection would open it anew.
                self._connection = None
                log.info("subscription waits for redis")
