"""Resources of the poller's tests: empty Redis servers, a topic of the test's own, poller processes."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from runtime.connections import orders_redis, queue_redis
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.integration.poller.feed import Feed
from tests.support import brokers
from tests.support.binance import FakeBinance, fake_binance
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings


@pytest.fixture
def feed_settings(services: Services) -> Settings:
    """Settings on the session's servers, broker included, with a topic that nobody else uses."""
    return make_settings(
        services,
        kafka_brokers=services.kafka_brokers,
        kafka_topic=f"trades-{uuid4().hex[:8]}",
        checkpoint_every_s=0.1,
        feed_report_s=0.5,
        kafka_stall_s=1.0,
        run_id="first",
        log_format="json",
    )


@pytest.fixture
def feed(feed_settings: Settings, tmp_path: Path) -> Iterator[Feed]:
    """Empty servers, and whatever processes the test starts on them."""
    order_state = orders_redis(feed_settings, name="tests")
    queues = queue_redis(feed_settings, name="tests")
    for client in (order_state, queues):
        client.flushall()
    feed = Feed(feed_settings, order_state, queues, tmp_path)
    feed.load_library()
    yield feed
    feed.close()
    order_state.close()
    queues.close()


@pytest.fixture
def broker() -> Iterator[RunningServer]:
    """A broker of the test's own, to be killed; not started yet."""
    with brokers.broker(brokers.EMBEDDED) as running:
        yield running


@pytest.fixture
def hosts() -> Iterator[tuple[FakeBinance, FakeBinance]]:
    """Two hosts of one exchange."""
    with fake_binance() as first, fake_binance(first.book) as second:
        yield first, second


@pytest.fixture
def free_port() -> int:
    """A port on this machine that nobody listens on."""
    return quiet_port()
