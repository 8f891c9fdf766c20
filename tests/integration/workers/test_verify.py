"""Verification finds clean books clean, and names what was tampered with."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from models import ActiveOrder, Balance, ClosedOrder, JournalOffset, LedgerEntry, OrderEventRow, PlatformProfit
from orders.client import OrderDesk
from orders.keys import account_key, events_key
from orders.library import load
from runtime.settings import Settings
from tests.support.books import rows
from tests.support.trading import Market, Trader, position_of, request
from tests.support.trading_day import trade_a_little
from workers.orders import ShardJournal
from workers.verification import Difference, Report, verify

RUN_S = 30.0


def journal(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> None:
    """Brings PostgreSQL up to the newest events of every shard."""
    for shard in range(settings.order_shards):
        assert ShardJournal(database, order_state, settings, shard=shard).catch_up(seconds=RUN_S)


@pytest.fixture
def traders(
    database: sa.Engine, order_state: redis.Redis, desk: OrderDesk, settings: Settings
) -> list[Trader]:
    """A day of trading, in the books."""
    traders = trade_a_little(desk)
    journal(database, order_state, settings)
    return traders


@pytest.fixture
def verified(database: sa.Engine, order_state: redis.Redis, settings: Settings) -> Callable[[], Report]:
    """The verification, ready to run."""
    return lambda: verify(database, order_state, settings)


def test_a_day_of_trading_is_clean(traders: list[Trader], verified: Callable[[], Report], database: sa.Engine) -> None:
    report = verified()
    assert report.difference is None
    assert report.counts.accounts == len(traders)
    assert report.counts.events == len(rows(database, OrderEventRow, "seq"))
    assert report.counts.entries == len(rows(database, LedgerEntry, "account"))
    assert report.counts.closed == len(rows(database, ClosedOrder, "order_id"))
    assert report.counts.positions == 2 * len(traders)
    assert report.counts.stream_events == 0
    # Two stops of each trader, and of each both follow the price
    assert report.counts.triggers == 2 * 2 * len(traders) + len(traders)
