"""The broker is killed: one in memory comes back empty, one with a log has what it acknowledged."""

import pytest
import sqlalchemy as sa

from models import Trade
from runtime.broker import Queue, queue_length
from tests.integration.workers.trades import LIMIT_S, Load, ticks, wait_for_trades
from tests.support.back_office import BackOffice
from tests.support.brokers import APACHE, EMBEDDED
from tests.support.services import RunningServer
from tests.support.trade_desk import stored
from tests.support.trade_topic import committed, create_topic, produce
from tests.support.waiting import eventually

on_the_embedded = pytest.mark.parametrize("broker_kind", [EMBEDDED], ids=str, indirect=True, scope="session")
on_apache = pytest.mark.parametrize("broker_kind", [APACHE], ids=str, indirect=True, scope="session")


@pytest.fixture
def office(office_on_each_broker: BackOffice) -> BackOffice:
    """An office on each kind of broker."""
    return office_on_each_broker


@on_the_embedded
@pytest.mark.parametrize("round_", [1, 2])
def test_a_broker_that_comes_back_empty_is_read_on(
    office: BackOffice, kafka: RunningServer, round_: int
) -> None:
    create_topic(office.settings)
    office.start_worker()
    batcher = office.start("workers.batcher")
    produce(office.settings, ticks(0, 200))
    wait_for_trades(office, 200)
    # When the broker is killed and comes back with nothing, its offsets from 0 again
    kafka.kill()
    kafka.start().wait()
    create_topic(office.settings)
    # Then new trades come, fewer and more than there were before
    produce(office.settings, ticks(200, 10))
    wait_for_trades(office, 210)
    produce(office.settings, ticks(210, 500))
    wait_for_trades(office, 710)
    assert batcher.running


@on_the_embedded
def test_a_broker_that_comes_back_with_more_than_before_is_read_from_the_start(
    office: BackOffice, kafka: RunningServer
) -> None:
    create_topic(office.settings)
    office.start_worker()
    office.start("workers.batcher")
    produce(office.settings, ticks(0, 60))
    wait_for_trades(office, 60)
    # When the broker comes back empty and is past the old offsets before anybody looks
    kafka.kill()
    kafka.start().wait()
    create_topic(office.settings)
    produce(office.settings, ticks(60, 600))
    # Then the first of the new trades are not taken for read
    wait_for_trades(office, 660)


@on_the_embedded
def test_batches_confirmed_while_the_broker_came_back_empty_dont_hide_new_trades(
    office: BackOffice, kafka: RunningServer
) -> None:
    create_topic(office.settings)
    office.start_worker()
    office.start("workers.batcher")
    # Given batches in flight that PostgreSQL can't take yet
    with office.database.begin() as connection:
        connection.execute(sa.text("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE"))
        produce(office.settings, ticks(0, 100))
        eventually(lambda: queue_length(office.broker, Queue.TRADES) >= 2, limit_s=LIMIT_S)
        # When the broker is replaced by an empty one that soon holds more than the old
        kafka.kill()
        kafka.start().wait()
        create_topic(office.settings)
        produce(office.settings, ticks(100, 600))
    # Then offsets of the old log are not taken for the new one's
    wait_for_trades(office, 700)


def test_a_stop_with_the_broker_away_takes_no_longer_than_it_may(
    office: BackOffice, kafka: RunningServer
) -> None:
    create_topic(office.settings)
    office.start_worker()
    batcher = office.start("workers.batcher")
    produce(office.settings, ticks(0, 30))
    wait_for_trades(office, 30)
    kafka.kill()
    try:
        eventually(lambda: "Kafka" in batcher.output, limit_s=LIMIT_S)
        assert batcher.stop(office.settings.graceful_stop_s) == 0
    finally:
        kafka.start().wait()


@on_apache
def test_what_a_killed_broker_has_acknowledged_reaches_postgresql_and_none_of_it_twice(
    office: BackOffice, kafka: RunningServer
) -> None:
    create_topic(office.settings)
    office.start_worker()
    batcher = office.start("workers.batcher")
    # Given trades that are stored and committed, and others that nobody but the broker has
    produce(office.settings, ticks(0, 200))
    wait_for_trades(office, 200)
    eventually(lambda: committed(office.settings) == 200, limit_s=LIMIT_S)
    batcher.kill()
    produce(office.settings, ticks(200, 300))
    # When it is killed and comes back
    kafka.kill()
    kafka.start().wait()
    # Then the next batcher goes on where the last one was
    office.start("workers.batcher")
    wait_for_trades(office, 500)
    eventually(lambda: committed(office.settings) == 500, limit_s=LIMIT_S)
    assert stored(office.database) == 500, "none was read again"


@on_apache
def test_poller_and_batcher_go_on_when_a_killed_broker_is_back(
    office: BackOffice, kafka: RunningServer
) -> None:
    office.start_worker()
    batcher = office.start("workers.batcher")
    load = Load(office, 6_000, parts=3)
    # Given trades under way everywhere: at the poller, in the topic, on their way to PostgreSQL
    load.send_part()
    load.serve_until(lambda: office.count(Trade) > 500)
    # When the broker is killed, and more come before it is back
    kafka.kill()
    load.send_part()
    kafka.start().wait()
    load.send_rest()
    # Then everything is stored once
    load.assert_stored()
    assert batcher.running
