"""The batcher, a real process: from the broker to PostgreSQL."""

import time

import pytest
import sqlalchemy as sa

from domain.instruments import ASSETS
from domain.messages import Tick
from models import Candle, Trade, TradeBatch
from runtime.broker import Queue, queue_length
from tests.support.back_office import BackOffice
from tests.support.market import make_tick
from tests.support.services import Services
from tests.support.trade_topic import committed, create_topic, produce, produce_raw
from tests.support.waiting import eventually

# Group joins and broker restarts take seconds.
LIMIT_S = 30.0


def ticks(first: int, count: int) -> list[Tick]:
    """So many ticks, over all assets in turn."""
    symbols = list(ASSETS)
    return [
        make_tick(number, symbol=symbols[number % len(symbols)]) for number in range(first, first + count)
    ]


def wait_for_trades(office: BackOffice, count: int) -> None:
    eventually(lambda: office.count(Trade) >= count, limit_s=LIMIT_S, what=f"{count} trades in PostgreSQL")
    assert office.count(Trade) == count
    with office.database.connect() as connection:
        assert connection.scalar(sa.select(sa.func.sum(Candle.trades))) == count


def test_trades_reach_postgresql_in_batches_and_then_offsets_are_committed(kafka_office: BackOffice) -> None:
    office = kafka_office
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
    kafka_office: BackOffice,
) -> None:
    office = kafka_office
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


def test_with_postgresql_behind_the_batcher_stops_reading(kafka_office: BackOffice) -> None:
    office = kafka_office
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


def test_a_message_that_is_no_trade_is_skipped(kafka_office: BackOffice) -> None:
    office = kafka_office
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


def test_a_topic_that_comes_later_is_waited_for_quietly(kafka_office: BackOffice) -> None:
    office = kafka_office
    office.start_worker()
    batcher = office.start("workers.batcher")
    eventually(lambda: "waiting for the topic" in batcher.output, limit_s=LIMIT_S)
    create_topic(office.settings)
    produce(office.settings, ticks(0, 10))
    wait_for_trades(office, 10)
    assert batcher.output.count('"level": "warning"') == 0, batcher.output


def test_after_kill_9_of_the_batcher_another_goes_on_without_loss_or_doubles(
    kafka_office: BackOffice,
) -> None:
    office = kafka_office
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


def test_two_batchers_share_the_partitions_and_one_takes_over_from_the_other(
    kafka_office: BackOffice,
) -> None:
    office = kafka_office
    create_topic(office.settings)
    office.start_worker()
    first = office.start("workers.batcher")
    produce(office.settings, ticks(0, 60))
    wait_for_trades(office, 60)
    # When a second joins, and the first leaves by SIGTERM amid trades
    second = office.start("workers.batcher")
    eventually(lambda: "partitions assigned" in second.output, limit_s=LIMIT_S)
    produce(office.settings, ticks(60, 400))
    assert first.stop(office.settings.graceful_stop_s + 1) == 0
    # Then nothing is missing or doubled
    wait_for_trades(office, 460)
    eventually(lambda: committed(office.settings) == 460, limit_s=LIMIT_S)


def test_sigterm_sees_the_collected_trades_through(kafka_office: BackOffice) -> None:
    office = kafka_office
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


@pytest.mark.parametrize("round_", [1, 2])
def test_a_broker_that_comes_back_empty_is_read_on(
    kafka_office: BackOffice, services: Services, round_: int
) -> None:
    office = kafka_office
    create_topic(office.settings)
    office.start_worker()
    batcher = office.start("workers.batcher")
    produce(office.settings, ticks(0, 200))
    wait_for_trades(office, 200)
    # When the broker is killed and comes back with nothing, its offsets from 0 again
    services.servers["kafka"].kill()
    services.servers["kafka"].start().wait()
    create_topic(office.settings)
    # Then new trades come, fewer and more than there were before
    produce(office.settings, ticks(200, 10))
    wait_for_trades(office, 210)
    produce(office.settings, ticks(210, 500))
    wait_for_trades(office, 710)
    assert batcher.running


def test_a_broker_that_comes_back_with_more_than_before_is_read_from_the_start(
    kafka_office: BackOffice, services: Services
) -> None:
    office = kafka_office
    create_topic(office.settings)
    office.start_worker()
    office.start("workers.batcher")
    produce(office.settings, ticks(0, 60))
    wait_for_trades(office, 60)
    # When the broker comes back empty and is past the old offsets before anybody looks
    services.servers["kafka"].kill()
    services.servers["kafka"].start().wait()
    create_topic(office.settings)
    produce(office.settings, ticks(60, 600))
    # Then the first of the new trades are not taken for read
    wait_for_trades(office, 660)


def test_batches_confirmed_while_the_broker_came_back_empty_dont_hide_new_trades(
    kafka_office: BackOffice, services: Services
) -> None:
    office = kafka_office
    create_topic(office.settings)
    office.start_worker()
    office.start("workers.batcher")
    # Given batches in flight that PostgreSQL can't take yet
    with office.database.begin() as connection:
        connection.execute(sa.text("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE"))
        produce(office.settings, ticks(0, 100))
        eventually(lambda: queue_length(office.broker, Queue.TRADES) >= 2, limit_s=LIMIT_S)
        # When the broker is replaced by an empty one that soon holds more than the old
        services.servers["kafka"].kill()
        services.servers["kafka"].start().wait()
        create_topic(office.settings)
        produce(office.settings, ticks(100, 600))
    # Then offsets of the old log are not taken for the new one's
    wait_for_trades(office, 700)


def test_a_stop_with_the_broker_away_takes_no_longer_than_it_may(
    kafka_office: BackOffice, services: Services
) -> None:
    office = kafka_office
    create_topic(office.settings)
    office.start_worker()
    batcher = office.start("workers.batcher")
    produce(office.settings, ticks(0, 30))
    wait_for_trades(office, 30)
    services.servers["kafka"].kill()
    try:
        eventually(lambda: "Kafka" in batcher.output, limit_s=LIMIT_S)
        assert batcher.stop(office.settings.graceful_stop_s) == 0
    finally:
        services.servers["kafka"].start().wait()
