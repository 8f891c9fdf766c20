"""The batcher, a real process: from each kind of broker to PostgreSQL."""

import time

import pytest
import sqlalchemy as sa

from models import Trade, TradeBatch
from runtime.broker import Queue, queue_length
from tests.integration.workers.trades import LIMIT_S, ticks, wait_for_trades
from tests.support.back_office import BackOffice
from tests.support.market import make_tick
from tests.support.trade_topic import committed, create_topic, produce, produce_raw
from tests.support.waiting import eventually


@pytest.fixture
def office(office_on_each_broker: BackOffice) -> BackOffice:
    """An office on each kind of broker."""
    return office_on_each_broker


def test_trades_reach_postgresql_in_batches_and_then_offsets_are_committed(office: BackOffice) -> None:
    create_topic(office.settings)
    office.start_worker()
    office.start("workers.batcher")
    # When 120 trades come, batches being of 50 or 0.3 s
    produce(office.settings, ticks(0, 120))
    wait_for_trades(office, 120)
    # Then there are few batches, none too large, and the group knows
    with office.database.connect() as connection:
        sizes = list(connection.scalars(sa.select(TradeBatch.trades)))
    assert max(sizes) <= 50
    assert sum(sizes) == 120
    eventually(lambda: committed(office.settings) == 120, limit_s=LIMIT_S, what="120 offsets committed")


def test_a_batch_whose_message_is_lost_is_enqueued_again_and_nothing_is_committed_before(
    office: BackOffice,
) -> None:
    create_topic(office.settings)
    office.start("workers.batcher")
    # Given a batch in the queue, and no workers
    produce(office.settings, ticks(0, 30))
    eventually(lambda: queue_length(office.broker, Queue.TRADES) >= 1, limit_s=LIMIT_S)
    assert committed(office.settings) == 0
    # When the message is lost
    office.broker.flush(Queue.TRADES)
    # Then it comes again after batch_confirm_s, and with workers all is there once
    eventually(lambda: queue_length(office.broker, Queue.TRADES) >= 1, limit_s=LIMIT_S)
    office.start_worker()
    wait_for_trades(office, 30)
    eventually(lambda: committed(office.settings) == 30, limit_s=LIMIT_S)


def test_with_postgresql_behind_the_batcher_stops_reading(office: BackOffice) -> None:
    create_topic(office.settings)
    batcher = office.start("workers.batcher", batch_confirm_s=60, batches_in_flight_max=2)
    # When far more comes than two batches, and no workers are there
    produce(office.settings, ticks(0, 1000))
    eventually(lambda: queue_length(office.broker, Queue.TRADES) == 2, limit_s=LIMIT_S)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        # Then no third is enqueued
        assert queue_length(office.broker, Queue.TRADES) == 2
        time.sleep(0.05)
    assert batcher.running
    # And with workers everything comes, once
    office.start_worker()
    wait_for_trades(office, 1000)


def test_a_message_that_is_no_trade_is_skipped(office: BackOffice) -> None:
    create_topic(office.settings)
    office.start_worker()
    batcher = office.start("workers.batcher")
    # Given rubbish around two good trades
    bad = [b"", b"{", b"[]", b'{"symbol": "BTC"}', make_tick(7, price=0).encode(), b"\xff\x00"]
    produce_raw(office.settings, [("BTC", payload) for payload in bad])
    produce(office.settings, [make_tick(1)])
    produce_raw(office.settings, [("BTC", payload) for payload in bad])
    produce(office.settings, [make_tick(2)])
    # Then the good ones are stored, and the bad ones done with
    wait_for_trades(office, 2)
    eventually(lambda: committed(office.settings) == 14, limit_s=LIMIT_S)
    assert batcher.output.count("skipped a message") == 12


def test_a_topic_that_comes_later_is_waited_for_quietly(office: BackOffice) -> None:
    office.start_worker()
    # A worker that is slow to start is no reason for a warning.
    batcher = office.start("workers.batcher", batch_confirm_s=60)
    eventually(lambda: "waiting for the topic" in batcher.output, limit_s=LIMIT_S)
    create_topic(office.settings)
    produce(office.settings, ticks(0, 10))
    wait_for_trades(office, 10)
    assert batcher.output.count('"level": "warning"') == 0, batcher.output


def test_after_kill_9_of_the_batcher_another_goes_on_without_loss_or_doubles(
    office: BackOffice,
) -> None:
    create_topic(office.settings)
    first = office.start("workers.batcher")
    # Given batches that were enqueued, and others that were being collected
    produce(office.settings, ticks(0, 330))
    eventually(lambda: queue_length(office.broker, Queue.TRADES) >= 2, limit_s=LIMIT_S)
    # When it is killed
    first.kill()
    office.start_worker()
    office.start("workers.batcher")
    wait_for_trades(office, 330)
    eventually(lambda: committed(office.settings) == 330, limit_s=LIMIT_S)


def test_sigterm_sees_the_collected_trades_through(office: BackOffice) -> None:
    create_topic(office.settings, partitions=1)
    office.start_worker()
    # Given a full batch that is stored, and five trades that would wait for a minute
    batcher = office.start("workers.batcher", batch_trades_max=15, batch_wait_s=60, graceful_stop_s=20)
    produce(office.settings, ticks(0, 20))
    wait_for_trades(office, 15)
    # When it is stopped
    assert batcher.stop(21) == 0
    # Then the five are stored and committed: nothing is left for the next
    assert office.count(Trade) == 20
    assert committed(office.settings, partitions=1) == 20
