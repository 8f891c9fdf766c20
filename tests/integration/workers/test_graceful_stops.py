"""SIGTERM of each background process, with a server away: it ends in its time, and nothing is lost by it."""

import pytest

from models import Trade
from runtime.broker import Queue, queue_length
from tests.support.back_office import BackOffice
from tests.support.market import make_tick
from tests.support.services import Services
from tests.support.trade_topic import committed, create_topic, produce
from tests.support.trading import Trader
from tests.support.waiting import eventually

LIMIT_S = 30.0


@pytest.mark.parametrize(
    ("module", "server"),
    [
        ("workers.journal", "queues"),
        ("workers.journal", "orders"),
        ("workers.schedule", "queues"),
    ],
)
def test_a_process_stops_in_its_time_though_a_server_is_away(
    office: BackOffice, services: Services, module: str, server: str
) -> None:
    process = office.start(module, journal_nudge_s=0.1)
    Trader.with_balance(office.desk)
    eventually(lambda: queue_length(office.broker, Queue.ORDERS) >= 1)
    services.servers[server].kill()
    try:
        if (module, server) == ("workers.journal", "queues"):
            # An event it can't tell anybody of
            Trader.with_balance(office.desk)
        eventually(lambda: "is away" in process.output, limit_s=LIMIT_S)
        assert process.stop(office.settings.graceful_stop_s) == 0
    finally:
        services.servers[server].start().wait()


def test_a_worker_stops_in_its_time_though_redis_is_away(office: BackOffice, services: Services) -> None:
    worker = office.start_worker()
    eventually(lambda: "ready for action" in worker.output)
    services.servers["queues"].kill()
    try:
        eventually(lambda: "connection error" in worker.output, limit_s=LIMIT_S)
        # Dramatiq sleeps for three seconds between two attempts to connect.
        assert worker.stop(office.settings.graceful_stop_s + 1) == 0
    finally:
        services.servers["queues"].start().wait()


@pytest.mark.parametrize("server", ["postgres", "queues"])
def test_a_batcher_that_cannot_finish_gives_its_trades_back_to_kafka(
    kafka_office: BackOffice, services: Services, server: str
) -> None:
    office = kafka_office
    create_topic(office.settings, partitions=1)
    batcher = office.start("workers.batcher")
    # Given trades it has read, and a server away
    produce(office.settings, [make_tick(number) for number in range(60)])
    eventually(lambda: queue_length(office.broker, Queue.TRADES) >= 1, limit_s=LIMIT_S)
    services.servers[server].kill()
    try:
        produce(office.settings, [make_tick(number) for number in range(60, 120)])
        eventually(lambda: "is away" in batcher.output, limit_s=LIMIT_S)
        # When it is asked to stop
        assert batcher.stop(office.settings.graceful_stop_s) == 0
        assert committed(office.settings, partitions=1) == 0
    finally:
        services.servers[server].start().wait()
    # Then the next one has them all
    office.start_worker()
    office.start("workers.batcher")
    eventually(lambda: office.count(Trade) == 120, limit_s=LIMIT_S)
    eventually(lambda: committed(office.settings, partitions=1) == 120, limit_s=LIMIT_S)
