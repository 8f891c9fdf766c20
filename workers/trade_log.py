"""The Kafka topic of trades, as the batcher reads it: messages in, offsets out."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.connections import kafka_config
from runtime.logs import get_logger
from runtime.settings import Settings

log = get_logger(__name__)

# What the topic's absence at the start looks like, and partitions that the broker lost.
_TOPIC_MISSING = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)
PREFETCH_KIB = 8192
ERROR_EVERY_S = 5.0


class LogEntry(NamedTuple):
    """One message as it lies in the topic."""

    partition: int
    offset: int
    payload: bytes


class TradeLog:
    """This process's share of the topic's partitions.

    `revoked` is called with the partitions that were taken away, from within `read` and `close`.
    """

    def __init__(self, settings: Settings, *, revoked: Callable[[list[int]], None]) -> None:
        self._topic = settings.kafka_topic
        self._revoked = revoked
        self._paused = False
        self._topic_missing = False
        self._quiet_until = 0.0
        self._committed: dict[int, int] = {}
        self._consumer = Consumer(
            {
                **kafka_config(settings, name="batcher"),
                "group.id": settings.kafka_group,
                # Offsets are committed when PostgreSQL has the trades, never before.
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                # A log that is shorter than we remember, or a group that forgot: from the start. Trades that
                # PostgreSQL has already change nothing.
                "auto.offset.reset": "earliest",
                "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 1500,
                "fetch.wait.max.ms": 10,
                "queued.max.messages.kbytes": PREFETCH_KIB,
                # By itself a full queue is looked at again after a second, empty long before.
                "fetch.queue.backoff.ms": 10,
                # The topic may come after us.
                "topic.metadata.refresh.interval.ms": 5000,
                "allow.auto.create.topics": False,
                "error_cb": self._on_error,
                "on_commit": self._on_commit,
                # What it would write to stderr comes to error_cb too.
                "log_level": 0,
            }
        )
        self._consumer.subscribe(
            [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )

    def read(self, limit: int, timeout_s: float) -> list[LogEntry]:
        """Up to `limit` messages, waiting no longer than `timeout_s` for them; fewer or none as it comes."""
        entries = []
        for message in self._consumer.consume(limit, timeout_s):
            entry = self._entry(message)
            if entry is not None:
                entries.append(entry)
        return entries

    def pause(self, paused: bool) -> None:
        """Stops or resumes fetching; asked again it changes nothing."""
        if paused == self._paused:
            return
        partitions = self._consumer.assignment()
        (self._consumer.pause if paused else self._consumer.resume)(partitions)
        self._paused = paused

    def commit(self, offsets: dict[int, int]) -> None:
        """Tells the group how far PostgreSQL is, without waiting for its answer; `close` does.

        A lost commit costs a repetition, nothing else.
        """
        if not offsets:
            return
        self._committed |= offsets
        positions = [TopicPartition(self._topic, partition, offset) for partition, offset in offsets.items()]
        try:
            self._consumer.commit(offsets=positions, asynchronous=True)
        except KafkaException as error:
            log.warning("offsets not committed", error=str(error))

    def lag(self) -> int:
        """Messages of the assigned partitions behind what was committed, as far as the broker has told."""
        return sum(map(self._lag_of, self._consumer.assignment()))

    def _lag_of(self, partition: TopicPartition) -> int:
        low, high = self._consumer.get_watermark_offsets(partition, cached=True)
        done = self._committed.get(partition.partition)
        if done is None:
            # Nothing of it was committed by this process: where it reads is what is known.
            (position,) = self._consumer.position([partition])
            done = position.offset
        return max(0, high - max(done, low))

    def close(self, limit_s: float) -> None:
        """Leaves the group, so that others take over at once; with the broker away, gives up after `limit_s`.

        librdkafka itself waits for a minute for the answer to a commit. A daemon thread doesn't hold up the
        end of the process, and the group lets go of a member that is silent.
        """
        closing = threading.Thread(target=self._consumer.close, name="close", daemon=True)
        closing.start()
        closing.join(limit_s)
        if closing.is_alive():
            log.warning("left without the broker's answer")

    def _entry(self, message: Message) -> LogEntry | None:
        error = message.error()
        if error is None:
            self._topic_missing = False
            partition, offset = message.partition(), message.offset()
            # Only a message made by hand has none.
            assert partition is not None
            assert offset is not None
            return LogEntry(partition, offset, message.value() or b"")
        if error.code() in _TOPIC_MISSING:
            if not self._topic_missing:
                log.info("waiting for the topic", topic=self._topic)
            self._topic_missing = True
        else:
            log.warning("Kafka", error=error.str())
        return None

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        # What is newly assigned is fetched, whatever was paused before.
        self._paused = False
        log.info("partitions assigned", partitions=_numbers(partitions))

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._revoked(_numbers(partitions))
        for number in _numbers(partitions):
            self._committed.pop(number, None)
        log.info("partitions given back", partitions=_numbers(partitions))

    def _on_error(self, error: KafkaError) -> None:
        # librdkafka tells every attempt to connect.
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + ERROR_EVERY_S
            log.warning("Kafka", error=error.str())

    def _on_commit(self, error: KafkaError | None, _partitions: list[TopicPartition]) -> None:
        if error is not None:
            log.warning("offsets not committed", error=error.str())


def _numbers(partitions: Iterable[TopicPartition]) -> list[int]:
    return [partition.partition for partition in partitions]
