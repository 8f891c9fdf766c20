"""The topic of trades: made as the settings want it, and never changed once it is there."""

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.cimpl import NewTopic

from runtime.logs import get_logger
from runtime.settings import Settings

_TIMEOUT_S = 2.0
_HOUR_MS = 3_600_000
_RETENTION = "retention.ms"
# Kafka drops whole files: with files of a week, its default, a trade would stay for twice the retention.
_SEGMENT_HOURS_MAX = 6

log = get_logger(__name__)


def ensure_topic(admin: AdminClient, settings: Settings) -> None:
    """Makes the topic if it is missing; one that is there is used as it is, with a word on what differs.

    A broker that refuses to make it is left to its own ways. Raises KafkaException or TimeoutError when no
    broker answers.
    """
    # Asking for one topic by name would create it, with the broker's number of partitions.
    found = admin.list_topics(timeout=_TIMEOUT_S).topics.get(settings.kafka_topic)
    if found is None:
        _make(admin, settings)
    else:
        _compare(admin, settings, len(found.partitions))


def _make(admin: AdminClient, settings: Settings) -> None:
    topic, partitions = settings.kafka_topic, settings.kafka_partitions
    config = {
        _RETENTION: str(settings.kafka_retention_hours * _HOUR_MS),
        "segment.ms": str(min(settings.kafka_retention_hours, _SEGMENT_HOURS_MAX) * _HOUR_MS),
    }
    made = admin.create_topics(
        [NewTopic(topic, num_partitions=partitions, config=config)], operation_timeout=_TIMEOUT_S
    )
    try:
        made[topic].result(_TIMEOUT_S * 2)
        log.info("topic made", topic=topic, partitions=partitions, hours=settings.kafka_retention_hours)
    except KafkaException as error:
        refusal = _refusal(error)
        if refusal.code() != KafkaError.TOPIC_ALREADY_EXISTS:
            log.warning("topic not made, leaving it to the broker", topic=topic, error=refusal.str())


def _compare(admin: AdminClient, settings: Settings, partitions: int) -> None:
    topic = settings.kafka_topic
    if partitions < settings.kafka_partitions:
        wanted = settings.kafka_partitions
        log.warning("the topic has fewer partitions", topic=topic, partitions=partitions, wanted=wanted)
    wanted_ms, retention_ms = settings.kafka_retention_hours * _HOUR_MS, _retention_ms(admin, topic)
    if retention_ms not in {wanted_ms, None}:
        log.warning("the topic has another retention", topic=topic, ms=retention_ms, wanted_ms=wanted_ms)


def _retention_ms(admin: AdminClient, topic: str) -> int | None:
    """How long the topic keeps trades, -1 for ever; None when the broker doesn't say."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    asked = admin.describe_configs([resource], request_timeout=_TIMEOUT_S)
    try:
        said = asked[resource].result(_TIMEOUT_S * 2).get(_RETENTION)
    except KafkaException as error:
        log.info("the broker doesn't tell the topic's retention", topic=topic, error=_refusal(error).str())
        return None
    return None if said is None else int(said.value)


def _refusal(error: KafkaException) -> KafkaError:
    """What the broker has against it. Raises the exception again when nobody has answered."""
    refusal: KafkaError = error.args[0]
    # Negative codes are librdkafka's own.
    if refusal.code() < 0:
        raise error
    return refusal
