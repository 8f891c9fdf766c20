"""Nudges: enough to have the work done, whatever became of the workers, and never a heap of them."""

from itertools import islice

import pytest
import redis
from dramatiq.brokers.redis import RedisBroker

from runtime.broker import Actor, Queue, connect_broker
from runtime.settings import Settings
from workers.nudge import nudge, waiting

MOST = 8


@pytest.fixture
def broker(settings: Settings, queues: redis.Redis) -> RedisBroker:
    """A broker whose queues are empty."""
    return connect_broker(settings)


def journal_is_nudged(broker: RedisBroker) -> bool:
    return nudge(broker, Actor.JOURNAL, Queue.ORDERS, 0, waiting_max=MOST)


def test_with_no_workers_no_more_than_the_most_wait(broker: RedisBroker) -> None:
    assert [journal_is_nudged(broker) for _ in range(MOST + 2)] == [True] * MOST + [False] * 2
    assert waiting(broker, Queue.ORDERS) == MOST


def test_what_a_killed_worker_held_keeps_nobody_from_being_nudged(broker: RedisBroker) -> None:
    for _ in range(MOST):
        journal_is_nudged(broker)
    # When a worker takes them all and is never heard of again
    held = list(islice(broker.consume(Queue.ORDERS, prefetch=MOST), MOST))
    assert all(held)
    # Then the next one finds work at once
    assert journal_is_nudged(broker)
