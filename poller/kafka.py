"""Trades into Kafka: every one, at least once, without making the prices in Redis wait.

A trade stays in `_pending` until a broker acknowledges it. librdkafka's idempotent producer recovers from
most troubles by itself, but not from a broker that came back empty: it then dies of a fatal error, or retries
one batch for ever and reports nothing. So when it is dead, or nothing is acknowledged for KAFKA_STALL_S, a
new producer takes over and sends all that is pending again. Consumers are idempotent by (symbol, trade id,
time).
"""

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from itertools import count

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from domain.messages import Tick
from poller.topic import ensure_topic
from runtime.connections import kafka_config
from runtime.logs import get_logger
from runtime.pacing import JitteredBackoff, Seldom
from runtime.settings import Settings

# History can wait; a broker is spared by fewer, fuller batches.
LINGER_MS = 20
_RETRY_S = 0.5
# What a producer gets to recover by itself once the broker answers again.
_GRACE_S = 2.5
_STEP_S = 0.05

log = get_logger(__name__)


class KafkaSink:
    """The topic of trades. All methods are called by one thread; the counters may be read by any."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._config = {
            **kafka_config(settings, name="poller"),
            # Errors reach us by callback; by itself it would write each failed connect to stderr.
            "log_level": 2,
            "enable.idempotence": True,
            "acks": "all",
            "compression.type": "lz4",
            "linger.ms": LINGER_MS,
            "queue.buffering.max.messages": settings.kafka_pending_max,
            # Never given up: what doesn't get through is sent again by a new producer.
            "message.timeout.ms": 0,
            # The topic is made by us, with its partitions.
            "allow.auto.create.topics": False,
            "error_cb": self._on_error,
        }
        # In the order of the feed: number -> (key, value).
        self._pending: dict[int, tuple[bytes, bytes]] = {}
        self._numbers = count()
        self._sent_numbers = 0
        # Pending, but not in the producer's hands.
        self._unsent: deque[int] = deque()
        self._unsent_from = float("-inf")
        self._producer: Producer | None = None
        self._generation = 0
        # The producer has met a fatal error, and will never send again.
        self._dead = False
        self._progress_at = time.monotonic()
        self._closing = threading.Event()
        # Whatever waits for the broker is done there.
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="kafka-connect")
        self._connecting: Future[Producer] | None = None
        self._error_log, self._failed_log, self._full_log = Seldom(), Seldom(), Seldom()
        self.acknowledged = 0
        self.delivered = 0
        self.failed = 0

    @property
    def unacknowledged(self) -> int:
        """Trades that no broker has acknowledged yet."""
        return len(self._pending)

    def send(self, tick: Tick) -> bool:
        """Takes one trade, to be delivered whatever happens; False when it is full (`serve` makes room).

        It is on its way with the next `serve`.
        """
        if len(self._pending) >= self._settings.kafka_pending_max:
            if times := self._full_log.due():
                log.warning("kafka is behind, the feed waits", unacknowledged=len(self._pending), times=times)
            return False
        if not self._pending:
            self._progress_at = time.monotonic()
        number = next(self._numbers)
        self._sent_numbers = number + 1
        self._pending[number] = tick.symbol.encode(), tick.encode()
        self._unsent.append(number)
        return True

    def serve(self, wait_s: float = 0.0) -> None:
        """Moves things on: deliveries reported, what is unsent produced, a stalled producer replaced."""
        if self._producer is not None:
            self._poll(self._producer, wait_s)
        elif wait_s:
            self._closing.wait(wait_s)
        self._look_after_producer()
        self._produce_unsent()
        self.acknowledged = next(iter(self._pending), self._sent_numbers)

    def close(self, deadline: float) -> int:
        """Waits for acknowledgements until `deadline` (time.monotonic); how many are missing then."""
        try:
            while self._pending and time.monotonic() < deadline:
                self.serve(_STEP_S)
        finally:
            self._closing.set()
            self._retire()
            self._helper.shutdown(wait=False, cancel_futures=True)
        return len(self._pending)

    def _poll(self, producer: Producer, wait_s: float) -> None:
        """Runs the callbacks of what has happened."""
        try:
            producer.poll(wait_s)
        except KafkaException as error:
            self._on_error(error.args[0])

    def _produce_unsent(self) -> None:
        if self._producer is None or time.monotonic() < self._unsent_from:
            return
        while self._unsent:
            number = self._unsent[0]
            key, value = self._pending[number]
            report = partial(self._on_report, self._generation, number)
            try:
                self._producer.produce(self._settings.kafka_topic, value, key, on_delivery=report)
            except BufferError:
                # Its queue is full: the next serve goes on here.
                return
            except KafkaException as error:
                self._on_error(error.args[0])
                self._unsent_from = time.monotonic() + _RETRY_S
                return
            self._unsent.popleft()

    def _on_report(self, generation: int, number: int, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self._progress_at = time.monotonic()
            if self._pending.pop(number, None) is not None:
                self.delivered += 1
        # What an older producer failed to send is already with the newer one.
        elif generation == self._generation and number in self._pending:
            self.failed += 1
            self._unsent.append(number)
            self._unsent_from = time.monotonic() + _RETRY_S
            if times := self._failed_log.due():
                log.warning("delivery failed, sending again", error=error.str(), times=times)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._FATAL:
            # Replaced later: it can't be let go of in its own callback.
            self._dead = True
        if times := self._error_log.due():
            log.warning("kafka trouble", error=error.str(), fatal=self._dead, times=times)

    def _stalled(self) -> bool:
        silent_s = time.monotonic() - self._progress_at
        return bool(self._pending) and silent_s > self._settings.kafka_stall_s

    def _look_after_producer(self) -> None:
        if self._dead:
            log.error("kafka producer is dead, replacing it", unacknowledged=len(self._pending))
            self._retire()
        if self._connecting is None:
            if self._producer is None:
                self._connecting = self._in_background(0.0)
            elif self._stalled():
                log.warning("kafka acknowledges nothing", unacknowledged=len(self._pending))
                self._connecting = self._in_background(_GRACE_S)
        elif self._connecting.done():
            producer = self._connecting.result()
            self._connecting = None
            # Else the old one has recovered meanwhile.
            if self._producer is None or self._stalled():
                self._take_over(producer)

    def _in_background(self, grace_s: float) -> Future[Producer]:
        # With the log's context of this thread, which names the process.
        return self._helper.submit(copy_context().run, self._connect, grace_s)

    def _take_over(self, producer: Producer) -> None:
        self._retire()
        self._producer = producer
        self._progress_at = time.monotonic()
        self._unsent = deque(self._pending)
        log.info("kafka connected", generation=self._generation, sending=len(self._unsent))

    def _retire(self) -> None:
        """Lets go of the producer; from now on its failures mean nothing, its successes still count."""
        self._generation += 1
        if self._producer is not None:
            self._producer.purge()
            self._poll(self._producer, 0)
            self._producer = None
        self._dead = False

    def _connect(self, grace_s: float) -> Producer:
        """Waits, in the helper's thread, until the broker answers and has the topic; then a new producer."""
        admin = AdminClient({**kafka_config(self._settings, name="poller-admin"), "log_level": 2})
        backoff = JitteredBackoff(0.2, 2.0)
        trouble = Seldom(10.0)
        while not self._closing.is_set():
            try:
                ensure_topic(admin, self._settings)
                self._closing.wait(grace_s)
                break
            except (KafkaException, TimeoutError) as error:
                if times := trouble.due():
                    log.warning("kafka not reached", error=str(error), times=times)
            self._closing.wait(backoff.next_s())
        return Producer(self._config)
