"""An order state lost and brought back, measured. `python -m bench.restore`; `--quick` on small numbers.

100,000 accounts with 500,000 open positions are traded into Redis and journaled; each account has a snapshot,
and every tenth changed since. Then Redis loses everything, the library included, and is opened again.

restore_s          from the empty server to an open desk
positions_per_s    positions brought back a second, with their accounts, triggers and trailing stops
vs_hset            the time it takes, over that of writing as many hashes as plain as positions are, by the
                   same client, in the same pipelines, to the same server with the same durability
verify_s           what `flask orders verify` took afterwards
clean              1 when it found no difference

Exits with 1 when it found one. The last line has the figures.
"""

import argparse
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis
import sqlalchemy as sa
import structlog

from bench.figures import say, say_figures
from bench.restore_population import Population
from models import OrderEventRow
from orders.library import load
from orders.snapshots import ACCOUNTS_AT_ONCE
from runtime.connections import engine, orders_redis
from runtime.settings import Settings
from tests.support.back_office import keep_commits
from tests.support.migrations import migrate
from tests.support.services import running_services
from tests.support.settings import make_settings
from workers.opening import Opener
from workers.verification import verify

CHANGED = 0.1
# A statement of the bench's own may take longer than one of the desk's.
STATEMENT_S = 60
STALE_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    accounts: int = 100_000
    positions: int = 500_000


QUICK = Size(accounts=300, positions=1_500)


@contextmanager
def running() -> Iterator[tuple[sa.Engine, redis.Redis, Settings]]:
    """PostgreSQL with its tables, and an order state with the library; as durable as in production."""
    with running_services(redis_url="redis://nobody.invalid", kafka_brokers="nobody.invalid") as services:
        migrate(services.database_url)
        settings = make_settings(
            services, price_stale_ms=STALE_MS, database_timeout_s=STATEMENT_S, events_kept=0
        )
        database, order_state = engine(settings, name="bench"), orders_redis(settings, name="bench")
        keep_commits(database)
        load(order_state, settings)
        try:
            yield database, order_state, settings
        finally:
            order_state.close()
            database.dispose()


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    with running() as (database, order_state, settings):
        opener = Opener(database, order_state, settings)
        opener.open_all()
        say(f"trading {size.accounts:,} accounts and {size.positions:,} positions")
        population = Population(database, order_state, settings)
        population.build(size.accounts, size.positions)
        population.calm()
        say("snapshots")
        snapshots = population.take_snapshots()
        population.change(CHANGED)
        say("measuring plain hashes")
        plain_s = write_plain(order_state, size.positions)
        say("losing everything")
        order_state.flushall()
        order_state.function_flush()
        began = time.perf_counter()
        opener.open_all()
        restore_s = time.perf_counter() - began
        say("verifying")
        report = verify(database, order_state, settings, tell=say)
        say(f"verify: {report.difference or 'clean'}")
        with database.connect() as connection:
            events = connection.scalar(sa.select(sa.func.count()).select_from(OrderEventRow)) or 0
        return {
            "accounts": size.accounts,
            "positions": size.positions,
            "snapshots": snapshots,
            "events": events,
            "restored": report.counts.positions,
            "restore_s": restore_s,
            "positions_per_s": size.positions / restore_s,
            "accounts_per_s": size.accounts / restore_s,
            "vs_hset": restore_s / plain_s,
            "verify_s": report.seconds,
            "clean": float(report.is_clean and report.counts.positions == size.positions),
        }


def write_plain(client: redis.Redis, number: int) -> float:
    """Seconds that it takes to write so many hashes of a position's size, and nothing else."""
    fields: dict[Any, Any] = {f"field {n}": 10**9 + n for n in range(12)}
    began = time.perf_counter()
    for start in range(0, number, ACCOUNTS_AT_ONCE):
        pipeline = client.pipeline(transaction=False)
        for each in range(start, min(start + ACCOUNTS_AT_ONCE, number)):
            pipeline.hset(f"plain:{each}", mapping=fields)
        pipeline.execute()
    return time.perf_counter() - began


def main() -> int:
    """Measures; 1 when what came back is not what was there."""
    parser = argparse.ArgumentParser(description="Measures a restore of the order state.")
    parser.add_argument("--quick", action="store_true", help="small numbers")
    size = QUICK if parser.parse_args().quick else Size()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    began = time.monotonic()
    figures = measure(size)
    figures["took_s"] = time.monotonic() - began
    say_figures(figures, decimals=2)
    return 0 if figures["clean"] else 1


if __name__ == "__main__":
    sys.exit(main())
