"""What a worker takes from one queue and answers for, until its connection breaks or it stops."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import redis.exceptions
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed

from runtime.logs import get_logger

log = get_logger(__name__)

NAMESPACE = "dramatiq"


class HoldingConsumer(_RedisConsumer):
    """A consumer that Redis knows by a name of its own.

    Dramatiq's go by the process's. After a broken connection it makes a new consumer, which knows nothing of
    what the old one held; but as the process still shows signs of life, nobody else is given it. Under a
    name of its own the old consumer falls silent, and all it held comes back after the heartbeat's timeout:
    some of it twice, as what is still being worked on can't be acknowledged in its name.
    """

    def __init__(self, broker: RedisBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        named = copy.copy(broker)
        named.broker_id = str(uuid4())
        super().__init__(named, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]

    def __next__(self) -> MessageProxy | None:
        """The next message, or None; each call is a sign of life, also when it may take no more."""
        with _broken_connections():
            if self.outstanding_message_count >= self.prefetch:
                self.broker.do_fetch(self.queue_name, 0)
            return super().__next__()  # type: ignore[no-any-return,no-untyped-call]

    def ack(self, message: MessageProxy) -> None:
        """The message is done."""
        with _broken_connections():
            super().ack(message)  # type: ignore[no-untyped-call]

    def nack(self, message: MessageProxy) -> None:
        """The message is a dead letter."""
        with _broken_connections():
            super().nack(message)  # type: ignore[no-untyped-call]

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """These go back into the queue."""
        with _broken_connections():
            super().requeue(messages)  # type: ignore[no-untyped-call]

    def give_back(self) -> None:
        """All that it holds goes back into the queue. Raises redis' errors."""
        held = self.broker.client.smembers(f"{NAMESPACE}:__acks__.{self.broker.broker_id}.{self.queue_name}")
        if held:
            self.broker.do_requeue(self.queue_name, *held)
            log.info("given back", queue=self.queue_name, messages=len(held))


@contextmanager
def _broken_connections() -> Iterator[None]:
    """Any error of Redis, a full disk too, is to Dramatiq a broken connection: wait and try again.

    At others it loses its grip on the message, or the thread that consumes the queue ends for good.
    """
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]
