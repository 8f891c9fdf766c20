"""The scheduler, a real process."""

import os
import signal
import time

from models import OrderEventRow, UserSnapshot
from runtime.broker import Queue, queue_length
from tests.support.back_office import BackOffice
from tests.support.services import Services
from tests.support.trading import Trader
from tests.support.waiting import eventually


def test_events_and_snapshots_come_without_the_journal_process(office: BackOffice) -> None:
    scheduler = office.start("workers.schedule", journal_nudge_s=0.2, snapshot_every_s=0.3)
    office.start_worker()
    Trader.with_balance(office.desk)
    eventually(lambda: office.count(OrderEventRow) == 1)
    eventually(lambda: office.count(UserSnapshot) == 1)
    assert scheduler.stop() == 0


def test_with_the_workers_down_the_queues_stay_short(office: BackOffice) -> None:
    office.start("workers.schedule", journal_nudge_s=0.02, snapshot_every_s=0.02)
    eventually(lambda: queue_length(office.broker, Queue.ORDERS) >= 8)
    eventually(lambda: queue_length(office.broker, Queue.SNAPSHOTS) >= 4)
    # When a hundred more starts come
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        assert queue_length(office.broker, Queue.ORDERS) == 8
        assert queue_length(office.broker, Queue.SNAPSHOTS) == 4
        time.sleep(0.1)
    # And with workers the waiting ones are soon done with
    Trader.with_balance(office.desk)
    office.start_worker()
    eventually(lambda: office.count(OrderEventRow) == 1)


def test_the_scheduler_outlives_redis(office: BackOffice, services: Services) -> None:
    scheduler = office.start("workers.schedule", journal_nudge_s=0.1)
    eventually(lambda: queue_length(office.broker, Queue.ORDERS) >= 1)
    services.servers["queues"].kill()
    eventually(lambda: "Redis is away" in scheduler.output, limit_s=20)
    services.servers["queues"].start().wait()
    office.broker.client.flushdb()
    eventually(lambda: queue_length(office.broker, Queue.ORDERS) >= 1, limit_s=20)
    assert scheduler.running


def test_of_two_schedulers_one_is_active_and_killed_it_is_replaced(office: BackOffice) -> None:
    first = office.start("workers.schedule", journal_nudge_s=0.1)
    eventually(lambda: "active" in first.output)
    second = office.start("workers.schedule", journal_nudge_s=0.1)
    eventually(lambda: "standing by" in second.output)

    first.kill()
    office.broker.client.flushdb()
    eventually(lambda: queue_length(office.broker, Queue.ORDERS) >= 1, limit_s=20)

    assert second.stop() == 0


def test_a_scheduler_that_was_frozen_ends_and_enqueues_nothing(office: BackOffice) -> None:
    first = office.start("workers.schedule", journal_nudge_s=0.1)
    eventually(lambda: "active" in first.output)
    os.kill(first.pid, signal.SIGSTOP)
    second = office.start("workers.schedule", journal_nudge_s=60)
    eventually(lambda: "active" in second.output, limit_s=20)
    office.broker.client.flushdb()

    os.kill(first.pid, signal.SIGCONT)

    eventually(lambda: not first.running, limit_s=20)
    assert "another scheduler is active" in first.output
    assert queue_length(office.broker, Queue.ORDERS) == 0
