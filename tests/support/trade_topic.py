"""The topic of trades, from the poller's side."""

from collections.abc import Iterable

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from domain.messages import Tick
from runtime.settings import Settings
from tests.support.waiting import eventually


def create_topic(settings: Settings, partitions: int = 3) -> None:
    """Makes the topic and waits until it is there."""
    admin = AdminClient({"bootstrap.servers": settings.kafka_brokers, "log_level": 0})
    topic = settings.kafka_topic
    for future in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
        future.result(10)
    eventually(lambda: topic in admin.list_topics(timeout=5).topics, what=f"the topic {topic}")


def produce(settings: Settings, ticks: Iterable[Tick]) -> None:
    """Puts the ticks into the topic, keyed by symbol, and waits until the broker has them."""
    produce_raw(settings, [(tick.symbol, tick.encode()) for tick in ticks])


def produce_raw(settings: Settings, messages: Iterable[tuple[str, bytes]]) -> None:
    """Puts any messages into the topic: (key, payload)."""
    producer = Producer(
        {"bootstrap.servers": settings.kafka_brokers, "enable.idempotence": True, "log_level": 0}
    )
    failed: list[object] = []
    for key, payload in messages:
        producer.produce(
            settings.kafka_topic,
            payload,
            key,
            on_delivery=lambda error, _message: failed.append(error) if error else None,
        )
        producer.poll(0)
    assert producer.flush(15) == 0, "the broker did not take all messages"
    assert not failed, failed


def committed(settings: Settings, partitions: int = 3) -> int:
    """The sum of the group's committed offsets."""
    consumer = Consumer({"bootstrap.servers": settings.kafka_brokers, "group.id": settings.kafka_group})
    try:
        asked = [TopicPartition(settings.kafka_topic, number) for number in range(partitions)]
        return sum(max(0, position.offset) for position in consumer.committed(asked, timeout=10))
    finally:
        consumer.close()
