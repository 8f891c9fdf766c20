"""Resources of the workers' integration tests."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis
import sqlalchemy as sa

from runtime.broker import connect_broker
from runtime.settings import Settings
from tests.support.back_office import BackOffice
from tests.support.services import RunningServer, Services


@pytest.fixture
def office_settings(settings: Settings) -> Settings:
    """Settings of the office's processes; their logs can be read by the tests."""
    return settings.model_copy(update={"log_format": "json", "log_level": "DEBUG"})


@pytest.fixture
def office(
    office_settings: Settings,
    database: sa.Engine,
    order_state: redis.Redis,
    queues: redis.Redis,
    tmp_path: Path,
) -> Iterator[BackOffice]:
    """An office without Kafka."""
    office = BackOffice(office_settings, database, order_state, connect_broker(office_settings), tmp_path)
    yield office
    office.close()


@pytest.fixture
def kafka_office(office: BackOffice, services: Services) -> BackOffice:
    """An office with a topic of its own, that fills batches fast."""
    return _with_topic(office, services.kafka_brokers)


@pytest.fixture
def office_on_each_broker(office: BackOffice, kafka: RunningServer) -> BackOffice:
    """The same on each kind of broker."""
    return _with_topic(office, kafka.server.url)


def _with_topic(office: BackOffice, kafka_brokers: str) -> BackOffice:
    unique = uuid4().hex[:8]
    office.settings = office.settings.model_copy(
        update={
            "kafka_brokers": kafka_brokers,
            "kafka_topic": f"trades-{unique}",
            "kafka_group": f"batcher-{unique}",
            "batch_trades_max": 50,
            "batch_wait_s": 0.3,
            "batch_confirm_s": 2.0,
        }
    )
    return office
