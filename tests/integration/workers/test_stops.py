"""Workers that end amid a message, killed or asked to: it is done all the same, and soon."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from models import ParkedMessage, TradeBatch
from runtime.broker import HEARTBEAT_TIMEOUT_MS, Queue, queue_length
from tests.support.back_office import BackOffice
from tests.support.batches import send_batch, send_unreadable_batch
from tests.support.market import make_trades
from tests.support.services import Services
from tests.support.waiting import eventually

# Busy machines take their time; what counts is what is left behind.
STOP_LIMIT_S = 15
# From the kill to the end of what it held: the dead one is waited for, ten seconds here, sixty by Dramatiq's
# default.
REDELIVERY_LIMIT_S = 40.0


def send(office: BackOffice, batches: int = 1) -> None:
    """So many batches of ten trades."""
    for number in range(batches):
        send_batch(office, make_trades(number * 10, 10))


def ready(office: BackOffice) -> int:
    """Messages in the queue that no worker holds."""
    return int(office.broker.client.llen("dramatiq:trades"))


@contextmanager
def trades_locked(office: BackOffice) -> Iterator[None]:
    """Whoever stores trades meanwhile waits, until PostgreSQL's limit for a statement."""
    with office.database.begin() as connection:
        # The holder is idle for longer than PostgreSQL bears with our processes.
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(sa.text("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE"))
        yield


def workers_waiting(office: BackOffice) -> int:
    """How many wait for the lock."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'trades'::regclass"
    with office.database.connect() as connection:
        return int(connection.scalar(sa.text(query)) or 0)


@pytest.mark.parametrize("standby", [False, True], ids=["the next to start", "another that runs"])
def test_what_a_killed_worker_held_is_done_by_another_within_seconds(
    office: BackOffice, standby: bool
) -> None:
    worker = office.start_worker()
    with trades_locked(office):
        # Given one that works on four messages and holds as many more
        send(office, 8)
        eventually(lambda: workers_waiting(office) == 4, what="four messages in work")
        eventually(lambda: ready(office) == 0, what="all taken")
        if standby:
            other = office.start_worker()
            eventually(lambda: "ready for action" in other.output)
        # When it is killed
        worker.kill()
        killed = time.monotonic()
    if not standby:
        office.start_worker()
    # Then all is done within the limit, counted from the kill, and nothing is left
    eventually(
        lambda: office.count(TradeBatch) == 8, limit_s=REDELIVERY_LIMIT_S - (time.monotonic() - killed)
    )
    eventually(lambda: queue_length(office.broker, Queue.TRADES) == 0)


def newest_sign_of_life_ms(office: BackOffice) -> float:
    """Of whoever holds messages of the queue of trades."""
    [held] = office.broker.client.scan_iter("dramatiq:__acks__.*.trades")
    holder = bytes(held).split(b".")[1]
    return float(office.broker.client.zscore("dramatiq:__heartbeats__", holder) or 0)


def test_a_worker_that_is_busy_for_long_and_takes_no_more_keeps_what_it_holds(office: BackOffice) -> None:
    office.start_worker(database_timeout_s=40)
    with trades_locked(office):
        # Given one that works on four messages and holds as many more, all that it may
        send(office, 8)
        eventually(lambda: workers_waiting(office) == 4)
        eventually(lambda: ready(office) == 0)
        other = office.start_worker(database_timeout_s=40)
        eventually(lambda: "ready for action" in other.output)
        # When that lasts longer than a silent worker is waited for
        began = newest_sign_of_life_ms(office)
        eventually(lambda: newest_sign_of_life_ms(office) > began + HEARTBEAT_TIMEOUT_MS + 2_000, limit_s=20)
        # Then the other has none of them
        assert workers_waiting(office) == 4
    eventually(lambda: office.count(TradeBatch) == 8)


def test_a_stopping_worker_finishes_what_it_works_on_and_gives_back_the_rest(office: BackOffice) -> None:
    worker = office.start_worker()
    with trades_locked(office):
        send(office, 8)
        eventually(lambda: workers_waiting(office) == 4)
        eventually(lambda: ready(office) == 0)
        worker.terminate()
        eventually(lambda: "Stopping worker process" in worker.output)
    assert worker.stop(STOP_LIMIT_S) == 0
    # Then every message is either done or ready for others, none is held
    assert office.count(TradeBatch) >= 4
    assert ready(office) == 8 - office.count(TradeBatch)
    assert queue_length(office.broker, Queue.TRADES) == ready(office)


def test_what_a_stopping_worker_cannot_finish_is_in_the_queue_when_it_ends(office: BackOffice) -> None:
    worker = office.start_worker()
    with trades_locked(office):
        send(office, 6)
        eventually(lambda: workers_waiting(office) == 4)
        eventually(lambda: ready(office) == 0)
        assert worker.stop(STOP_LIMIT_S) == 0
        # Then nobody has to find out first that it is gone
        assert ready(office) + office.broker.client.hlen("dramatiq:trades.DQ.msgs") == 6
    office.start_worker()
    eventually(lambda: office.count(TradeBatch) == 6)
    assert office.count(ParkedMessage) == 0


def test_what_waits_for_its_next_try_is_given_back_too(office: BackOffice) -> None:
    worker = office.start_worker()
    # Given a message between two tries, in the hands of a worker
    send_unreadable_batch(office, "no id")
    eventually(lambda: worker.output.count("failed; tried again") >= 4, what="pauses of seconds")
    assert worker.stop(STOP_LIMIT_S) == 0
    office.start_worker()
    eventually(lambda: office.count(ParkedMessage) == 1)


def test_an_idle_worker_stops_at_once(office: BackOffice) -> None:
    worker = office.start_worker()
    eventually(lambda: "ready for action" in worker.output)
    assert worker.stop(STOP_LIMIT_S) == 0


def test_what_a_worker_held_when_redis_was_killed_is_not_forgotten(
    office: BackOffice, services: Services
) -> None:
    worker = office.start_worker()
    # Given messages between two tries, in the hands of a worker
    for number in range(10):
        send_unreadable_batch(office, f"no id {number}")
    eventually(lambda: worker.output.count("failed; tried again") >= 40, what="pauses of seconds")
    # When Redis is killed and comes back
    services.servers["queues"].kill()
    services.servers["queues"].start().wait()
    # Then the same worker has them all again
    eventually(lambda: office.count(ParkedMessage) == 10, limit_s=40)
    eventually(lambda: queue_length(office.broker, Queue.TRADES) == 0)
    assert worker.running
