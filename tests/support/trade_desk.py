"""The part of the desk that stores trades, for benchmarks and faults: servers as in production."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from domain.messages import Tick
from models import TradeBatch
from poller.kafka import KafkaSink
from runtime.broker import connect_broker
from runtime.connections import engine, orders_redis
from tests.support.back_office import BackOffice
from tests.support.migrations import migrate
from tests.support.services import running_services
from tests.support.settings import make_settings
from tests.support.trade_topic import create_topic

ROOT = Path(__file__).resolve().parents[2]
# Storing trades never asks the order state.
ELSEWHERE = "redis://nobody.invalid"
MIGRATION_LIMIT_S = 60
SEND_LIMIT_S = 30.0
SERVE_S = 0.01


@contextmanager
def trade_desk(*, own_orders: bool = False, **changes: Any) -> Iterator[BackOffice]:
    """Servers that keep what they answered, empty tables, a topic; no process is started yet.

    own_orders: an order state too.
    """
    with (
        running_services(orders_redis_url="" if own_orders else ELSEWHERE, durable=True) as services,
        TemporaryDirectory(prefix="cfdesk-trades-") as folder,
    ):
        settings = make_settings(services, kafka_brokers=services.kafka_brokers, **changes)
        migrate(services.database_url)
        create_topic(settings, settings.kafka_partitions)
        database = engine(settings, name="trade-desk")
        with closing(orders_redis(settings, name="trade-desk")) as order_state:
            office = BackOffice(settings, database, order_state, connect_broker(settings), Path(folder))
            try:
                yield office
            finally:
                office.close()
                database.dispose()


def stored(database: sa.Engine) -> int:
    """Trades of the batches that PostgreSQL has; those of a batch that came twice count twice."""
    with database.connect() as connection:
        return connection.scalar(sa.select(sa.cast(sa.func.sum(TradeBatch.trades), sa.BigInteger))) or 0


def send(sink: KafkaSink, tick: Tick) -> None:
    """Puts a tick into the topic as the poller does; waits while as many as may be are under way."""
    deadline = time.monotonic() + SEND_LIMIT_S
    while not sink.send(tick):
        assert time.monotonic() < deadline, "the broker takes no trades"
        sink.serve(SERVE_S)
    sink.serve()
