"""Resources of the tests: real servers for the session, empty ones for each test that asks."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

import pytest
import redis
import sqlalchemy as sa
from hypothesis import settings as hypothesis_settings

from models import Base
from orders.access import limit_web_user
from orders.client import OrderDesk
from runtime.connections import engine, orders_redis, queue_redis
from runtime.ports import share_quiet_ports
from runtime.settings import Settings
from tests.support.apache_kafka import classpath
from tests.support.brokers import APACHE, BROKERS, BrokerKind, kept_brokers, unavailable
from tests.support.migrations import migrate
from tests.support.opening import load_and_open
from tests.support.order_servers import ORDER_SERVERS, OrderServer
from tests.support.recordings import REAL_RECORDING
from tests.support.services import RunningServer, Services, running_services
from tests.support.settings import make_settings
from tests.support.timescale import kinds as trade_days

# Examples talk to real servers on shared machines: how long one takes says nothing.
hypothesis_settings.register_profile("desk", deadline=None)
hypothesis_settings.load_profile("desk")


def pytest_configure() -> None:
    """Workers of pytest-xdist run side by side: each has servers of its own, on ports of its own."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    share_quiet_ports(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")), workers)


def pytest_report_header() -> list[str]:
    """Says which trades the replays are of, and which servers the order engine and trades are tested on."""
    recording = (
        "real Binance trades" if REAL_RECORDING.is_file() else "simulated trades: the real ones are not here"
    )
    to_bring = "" if APACHE.missing or classpath.known() else " (Maven is to bring it)"
    return [
        f"recording: {recording}",
        f"order engine on: {_kinds(ORDER_SERVERS)}",
        f"trades through: {_kinds(BROKERS)}{to_bring}",
        f"trades by day in: {trade_days()}",
    ]


def _kinds(kinds: Iterable[OrderServer | BrokerKind]) -> str:
    return ", ".join(f"{kind} (NOT TESTED: {kind.missing})" if kind.missing else str(kind) for kind in kinds)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """The session's servers: our own, or one whose address TEST_DATABASE_URL gives."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    # A desk configured on this machine must not leak into the tests.
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)
    with running_services(database_url=given) as running:
        settings = make_settings(running)
        with closing(orders_redis(settings, name="tests")) as order_state:
            limit_web_user(order_state, settings)
        yield running


@pytest.fixture
def postgres(services: Services) -> RunningServer:
    """The session's PostgreSQL, for tests that kill it: one that was given isn't theirs."""
    if "postgres" not in services.servers:
        pytest.skip("the PostgreSQL of TEST_DATABASE_URL is not the tests' to kill")
    return services.servers["postgres"]


@pytest.fixture(scope="session")
def migrated(services: Services) -> Services:
    """The session's servers, PostgreSQL with all tables."""
    migrate(services.database_url)
    return services


@pytest.fixture
def settings(services: Services) -> Settings:
    """The defaults, on the session's servers."""
    return make_settings(services)


@pytest.fixture(scope="session", params=ORDER_SERVERS, ids=str)
def order_server(request: pytest.FixtureRequest) -> OrderServer:
    """Each kind of server that the order engine must work on; of one that isn't here tests are skipped."""
    kind: OrderServer = request.param
    if kind.missing:
        pytest.skip(kind.missing)
    return kind


@pytest.fixture(scope="session", params=BROKERS, ids=str)
def broker_kind(request: pytest.FixtureRequest) -> BrokerKind:
    """Each kind of broker that trades must pass; for one that isn't here tests are skipped."""
    kind: BrokerKind = request.param
    if why := unavailable(kind):
        pytest.skip(why)
    return kind


@pytest.fixture(scope="session")
def session_broker() -> Iterator[Callable[[BrokerKind], RunningServer]]:
    """The session's broker of a kind, when it is asked for."""
    with kept_brokers() as kept:
        yield kept


@pytest.fixture
def kafka(broker_kind: BrokerKind, session_broker: Callable[[BrokerKind], RunningServer]) -> RunningServer:
    """The session's broker of that kind."""
    return session_broker(broker_kind)


@pytest.fixture
def order_state(services: Services, settings: Settings) -> Iterator[redis.Redis]:
    """The order state's server: empty, with the library loaded."""
    client = orders_redis(settings, name="tests")
    client.flushdb()
    load_and_open(client, settings)
    yield client
    client.close()


@pytest.fixture
def queues(services: Services, settings: Settings) -> Iterator[redis.Redis]:
    """The queues' server, empty."""
    client = queue_redis(settings, name="tests")
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def desk(order_state: redis.Redis, settings: Settings) -> OrderDesk:
    """An empty desk."""
    return OrderDesk(order_state, settings)


@pytest.fixture
def database(migrated: Services, settings: Settings) -> sa.Engine:
    """PostgreSQL with all tables, all empty."""
    pool = engine(settings, name="tests")
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with pool.begin() as connection:
        connection.execute(sa.text(f"truncate {tables} cascade"))
    return pool
