"""The topic as the poller makes it, on each kind of broker, and what is written into it."""

import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.cimpl import NewTopic
from structlog.testing import capture_logs
from structlog.typing import EventDict

from domain.instruments import ASSETS
from poller.kafka import KafkaSink
from poller.topic import ensure_topic
from runtime.connections import kafka_config
from runtime.settings import Settings
from tests.integration.poller.feed import reading
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.brokers import APACHE
from tests.support.market import make_tick
from tests.support.services import RunningServer
from tests.support.waiting import eventually

HOUR_MS = 3_600_000


@pytest.fixture
def settings(feed_settings: Settings, kafka: RunningServer) -> Settings:
    """A topic that nobody else uses, on each kind of broker."""
    return feed_settings.model_copy(update={"kafka_brokers": kafka.server.url})


@pytest.fixture
def admin(settings: Settings) -> AdminClient:
    """An operator of the broker."""
    return AdminClient(kafka_config(settings, name="tests"))


def config(admin: AdminClient, settings: Settings) -> dict[str, str]:
    """The topic's own settings."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, settings.kafka_topic)
    said = admin.describe_configs([resource])[resource].result(10)
    return {name: entry.value for name, entry in said.items()}


def make_by_hand(admin: AdminClient, settings: Settings, partitions: int, **options: str) -> None:
    """The topic as somebody else made it; options with _ for a dot."""
    named = {name.replace("_", "."): value for name, value in options.items()}
    topic = settings.kafka_topic
    admin.create_topics([NewTopic(topic, partitions, config=named)])[topic].result(10)
    eventually(lambda: topic in admin.list_topics(timeout=5).topics, what=f"the topic {topic}")


def warnings(admin: AdminClient, settings: Settings) -> list[EventDict]:
    """What the log says when the poller meets the topic."""
    with capture_logs() as logs:
        ensure_topic(admin, settings)
    return [{**entry} for entry in logs if entry["log_level"] == "warning"]


class TestMaking:
    def test_it_is_made_with_its_partitions_and_its_retention(
        self, admin: AdminClient, settings: Settings
    ) -> None:
        changed = settings.model_copy(update={"kafka_partitions": 5, "kafka_retention_hours": 48})
        ensure_topic(admin, changed)
        topic = settings.kafka_topic
        eventually(lambda: topic in admin.list_topics(timeout=5).topics)
        assert len(admin.list_topics(timeout=5).topics[topic].partitions) == 5
        assert config(admin, settings)["retention.ms"] == str(48 * HOUR_MS)
        # Then a second start has nothing to say
        assert warnings(admin, changed) == []

    @pytest.mark.parametrize("hours", [1, 5, 168])
    def test_no_trade_stays_much_longer_than_the_retention(
        self, admin: AdminClient, settings: Settings, hours: int
    ) -> None:
        ensure_topic(admin, settings.model_copy(update={"kafka_retention_hours": hours}))
        eventually(lambda: settings.kafka_topic in admin.list_topics(timeout=5).topics)
        said = config(admin, settings)
        # A file goes when the newest in it is old enough: the oldest is older by the time that the file took.
        oldest_ms = int(said["retention.ms"]) + int(said["segment.ms"])
        assert oldest_ms <= hours * HOUR_MS * 2
        assert oldest_ms < 8 * 24 * HOUR_MS


class TestOneThatIsThere:
    def test_one_with_fewer_partitions_is_used_with_a_warning(
        self, admin: AdminClient, settings: Settings
    ) -> None:
        make_by_hand(admin, settings, 1, retention_ms=str(168 * HOUR_MS))
        said = warnings(admin, settings)
        assert [(entry["event"], entry["partitions"], entry["wanted"]) for entry in said] == [
            ("the topic has fewer partitions", 1, 3)
        ]
        send_and_read_one(settings, partitions=1)

    def test_one_with_another_retention_is_used_with_a_warning(
        self, admin: AdminClient, settings: Settings
    ) -> None:
        make_by_hand(admin, settings, 3, retention_ms="-1")
        said = warnings(admin, settings)
        assert [(entry["event"], entry["ms"], entry["wanted_ms"]) for entry in said] == [
            ("the topic has another retention", -1, 168 * HOUR_MS)
        ]
        send_and_read_one(settings, partitions=3)
        # And it is left as it is
        assert config(admin, settings)["retention.ms"] == "-1"

    def test_one_with_more_partitions_is_used_without_a_word(
        self, admin: AdminClient, settings: Settings
    ) -> None:
        make_by_hand(admin, settings, 7, retention_ms=str(168 * HOUR_MS))
        assert warnings(admin, settings) == []
        send_and_read_one(settings, partitions=7)


def send_and_read_one(settings: Settings, *, partitions: int) -> None:
    """Puts a trade into the topic as the poller does, and finds it there."""
    send_all(settings, [1])
    with reading(settings) as topic:
        assert topic.partitions == partitions
        eventually(lambda: topic.trade_ids() == {1})


def send_all(settings: Settings, trade_ids: list[int]) -> None:
    """Each of these trades of each asset."""
    sink = KafkaSink(settings)
    for trade_id in trade_ids:
        for symbol in ASSETS:
            assert sink.send(make_tick(trade_id, symbol=symbol))
    assert sink.close(time.monotonic() + 20) == 0


class Batch(NamedTuple):
    """The head of a batch of records, as Kafka's protocol lays it out (RecordBatch, version 2)."""

    attributes: int
    producer_id: int
    base_sequence: int
    records: int


LZ4 = 3
CODEC_BITS = 0b111
HEAD = struct.Struct(">qiibIhiqqqhii")


def batches(folder: Path) -> Iterator[Batch]:
    """The batches in a partition's folder."""
    for file in sorted(folder.glob("*.log")):
        data = file.read_bytes()
        at = 0
        while at < len(data):
            _, length, _, magic, _, attributes, _, _, _, producer, _, sequence, records = HEAD.unpack_from(
                data, at
            )
            assert magic == 2
            yield Batch(attributes, producer, sequence, records)
            at += 12 + length


# The embedded broker's log is in memory.
@pytest.mark.parametrize("broker_kind", [APACHE], ids=str, indirect=True, scope="session")
def test_trades_lie_in_the_log_compressed_by_lz4_and_numbered_by_their_producer(
    settings: Settings, kafka: RunningServer
) -> None:
    server = kafka.server
    assert isinstance(server, ApacheKafkaServer)
    send_all(settings, list(range(300)))
    found = {
        folder.name: list(batches(folder)) for folder in server.log_folder.glob(f"{settings.kafka_topic}-*")
    }
    assert len(found) == settings.kafka_partitions
    assert sum(batch.records for each in found.values() for batch in each) == 300 * len(ASSETS)
    for each in found.values():
        assert {batch.attributes & CODEC_BITS for batch in each} <= {LZ4}
        # An idempotent producer has a number, and numbers what it sends to each partition without a gap.
        expected = 0
        for batch in each:
            assert batch.producer_id >= 0
            assert batch.base_sequence == expected
            expected += batch.records


def test_all_trades_of_an_asset_lie_in_one_partition_in_order(settings: Settings) -> None:
    send_all(settings, list(range(200)))
    with reading(settings) as topic:
        eventually(lambda: topic.trade_ids() and len(topic.ticks) == 200 * len(ASSETS))
        for symbol in ASSETS:
            assert [tick.trade_id for tick in topic.ticks if tick.symbol == symbol] == list(range(200))
            assert len(topic.partitions_of[symbol.encode()]) == 1
        assert topic.partitions_of.keys() == {symbol.encode() for symbol in ASSETS}
