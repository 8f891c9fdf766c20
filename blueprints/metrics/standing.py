"""How things stand at the moment of a scrape: queues, journal, snapshots, the house."""

import time
from collections.abc import Iterable

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from blueprints.services import services
from models import PlatformProfit
from operators.lags import journal_lags, snapshot_lag
from operators.messages import parked_by_queue
from operators.queue_figures import read_figures
from operators.risk import read_assets


def queues() -> Iterable[Metric]:
    """Raises redis.RedisError."""
    messages = GaugeMetricFamily(
        "cfdesk_queue_messages", "Messages of background work, by state.", labels=["queue", "state"]
    )
    oldest = GaugeMetricFamily(
        "cfdesk_queue_oldest_seconds", "Age of the message at the head; 0: none.", labels=["queue"]
    )
    for one in read_figures(services().broker):
        for state, count in (
            ("ready", one.ready),
            ("delayed", one.delayed),
            ("in_work", one.in_work),
            ("dead", one.dead),
        ):
            messages.add_metric([one.queue, state], count)
        since = one.oldest_ready_at
        oldest.add_metric([one.queue], max(0.0, time.time() - since.timestamp()) if since else 0)
    return messages, oldest


def parked() -> Iterable[Metric]:
    """Raises sqlalchemy.exc.OperationalError."""
    family = GaugeMetricFamily(
        "cfdesk_parked_messages", "Messages that failed for good and wait for somebody.", labels=["queue"]
    )
    with services().engine.connect() as connection:
        found = parked_by_queue(connection)
    # A queue without any is there as well: an alert must see the 0.
    for queue in {*found, *(one.queue for one in read_figures(services().broker))}:
        family.add_metric([queue], found.get(queue, 0))
    return (family,)


def journal() -> Iterable[Metric]:
    """Raises redis.RedisError, sqlalchemy.exc.OperationalError."""
    family = GaugeMetricFamily(
        "cfdesk_journal_lag_seconds", "Order state's newest event less PostgreSQL's.", labels=["shard"]
    )
    mine = services()
    with mine.engine.connect() as connection:
        for lag in journal_lags(connection, mine.order_state, range(mine.settings.order_shards)):
            family.add_metric([str(lag.shard)], lag.seconds)
    return (family,)


def snapshots() -> Iterable[Metric]:
    """Raises sqlalchemy.exc.OperationalError."""
    with services().engine.connect() as connection:
        lag = snapshot_lag(connection)
    return (
        GaugeMetricFamily(
            "cfdesk_snapshot_lag_accounts", "Accounts that changed since their snapshot.", value=lag.changed
        ),
        GaugeMetricFamily(
            "cfdesk_snapshot_lag_seconds", "Since when the first of them has.", value=lag.oldest_s
        ),
        GaugeMetricFamily(
            "cfdesk_snapshot_kept_bytes", "Size of all snapshots in PostgreSQL.", value=lag.kept_bytes
        ),
    )


def house() -> Iterable[Metric]:
    """Raises sqlalchemy.exc.OperationalError."""
    made = GaugeMetricFamily(
        "cfdesk_house_cents", "What the house has made, by source; a shortfall is a loss.", labels=["source"]
    )
    exposure = GaugeMetricFamily(
        "cfdesk_exposure_cents", "Open notional of traders, by asset and side.", labels=["asset", "side"]
    )
    table = PlatformProfit
    with services().engine.connect() as connection:
        fees, trading, shortfall = connection.execute(
            sa.select(sa.func.sum(table.fees), sa.func.sum(table.trading), sa.func.sum(table.shortfall))
        ).one()
        # Without prices: what is open says nothing of them.
        assets = read_assets(connection, {})
    for source, cents in (("fees", fees), ("trading", trading), ("shortfall", shortfall)):
        made.add_metric([source], int(cents or 0))
    for one in assets:
        exposure.add_metric([one.symbol, "long"], one.long_notional)
        exposure.add_metric([one.symbol, "short"], one.short_notional)
    return made, exposure
