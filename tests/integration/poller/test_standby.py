"""Of two pollers one is active; killed or frozen, the other takes over, and the two are never both."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orders.holding import LOOKS, Holding
from poller.main import FEED_LEASE
from runtime.process import Stop
from tests.integration.poller.feed import Feed
from tests.support.back_office import DeskProcess
from tests.support.waiting import eventually

# What is promised, with time to connect to a source.
TAKEOVER_S = 3.0
RUN_LIMIT_S = 30.0
SIMULATED: dict[str, Any] = {"market_feed": "simulated", "simulator_ticks_per_s": 50}


def active(*pollers: DeskProcess) -> DeskProcess:
    """The one that says so, once one does."""
    eventually(lambda: any(map(says_active, pollers)), limit_s=RUN_LIMIT_S, what="an active poller")
    return next(filter(says_active, pollers))


def says_active(poller: DeskProcess) -> bool:
    """Whether it ever had the lease."""
    return '"event": "active"' in poller.output


def trade_id(feed: Feed) -> int:
    """Of the newest BTC price; 0 without one."""
    quote = feed.desk.quotes().get("BTC")
    return quote.trade_id if quote else 0


def wait_for_a_newer_price(feed: Feed) -> None:
    known = trade_id(feed)
    eventually(lambda: trade_id(feed) > known, limit_s=RUN_LIMIT_S, what="a newer price")


@contextmanager
def two(feed: Feed) -> Iterator[tuple[DeskProcess, DeskProcess]]:
    """The active one, and the one that stands by."""
    first = feed.start(**SIMULATED)
    assert active(first) is first
    second = feed.start(**SIMULATED)
    eventually(lambda: "standing by" in second.output, limit_s=RUN_LIMIT_S, what="a standby")
    wait_for_a_newer_price(feed)
    yield first, second


def test_killed_it_is_replaced(feed: Feed) -> None:
    """How soon follows from the lease, which ends LEASE_S after its last renewal."""
    with two(feed) as (first, second):
        first.kill()

        wait_for_a_newer_price(feed)

        assert active(second) is second
        assert feed.settings.lease_s * (1 + 1 / LOOKS) < TAKEOVER_S


def test_stopped_it_hands_over_at_once(feed: Feed) -> None:
    with two(feed) as (first, second):
        assert first.stop() == 0

        assert active(second) is second
        wait_for_a_newer_price(feed)


def test_frozen_it_is_replaced_and_woken_it_ends(feed: Feed) -> None:
    with two(feed) as (first, second):
        os.kill(first.pid, signal.SIGSTOP)
        assert active(second) is second
        wait_for_a_newer_price(feed)

        os.kill(first.pid, signal.SIGCONT)

        eventually(lambda: not first.running, limit_s=RUN_LIMIT_S, what="the end of the one that was frozen")
        assert "another poller has the feed" in first.output
        assert second.running
        wait_for_a_newer_price(feed)


def test_a_restart_of_the_order_state_costs_nobody_the_lease(feed: Feed) -> None:
    with two(feed) as (first, second):
        feed.order_state.client_kill_filter(skipme=True, _type="normal")

        wait_for_a_newer_price(feed)
        assert first.running
        assert not says_active(second)


def test_a_lease_is_certain_only_while_it_was_renewed(feed: Feed) -> None:
    holding = Holding(feed.order_state, FEED_LEASE, lease_s=2.0)
    assert not holding.is_certain()
    assert holding.wait(Stop())
    assert holding.is_certain()

    feed.order_state.hset("{s0}:lease:feed", "holder", "another")

    eventually(lambda: holding.lost, what="the loss to be noticed")
    assert not holding.is_certain()
    holding.give_back()
    assert feed.order_state.hget("{s0}:lease:feed", "holder") == b"another"
