"""What the house has made, told three times. `python -m bench.house`; `--quick` on few operations.

100,000 operations at random on four shards: opens, closes in part and whole, margin, triggers, trailing
stops, deposits, adjustments, resets, trades with jumps. Every 5,000 the journal catches up, and fees, trading
and shortfall of each shard are compared: by the ledger's entries, by the order state's counters and by the
`platform_profit` row. In the end the order state loses everything, is brought back, and is compared again.

unequal        figures that were not the same in all three, over all comparisons
after_loss     the same, after the order state was brought back
clean          1 when `flask orders verify` finds no difference then
fees_cents, trading_cents, shortfall_cents   what the house has made in the end

Exits with 1 when something was unequal. The last line has the figures.
"""

import logging
import sys
from dataclasses import dataclass

import sqlalchemy as sa

from bench.figures import Limits, say
from bench.judged import run_judged
from bench.restore import running
from models import LedgerEntry, OrderEventRow, PlatformProfit
from models.ledger import LedgerAccount
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.books import journal
from tests.support.trading_day import trade_at_random
from workers.opening import Opener
from workers.verification import verify

SHARDS = 4
LIMITS = Limits(most={"unequal": 0, "after_loss": 0}, least={"clean": 1})
# Of a shard: fees, trading, shortfall, in cents.
Made = tuple[int, int, int]
NOTHING: Made = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Size:
    """How much."""

    operations: int = 100_000
    between_comparisons: int = 5_000


QUICK = Size(operations=2_000, between_comparisons=500)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    with running() as (database, order_state, one_shard):
        settings = one_shard.model_copy(update={"order_shards": SHARDS})
        opener = Opener(database, order_state, settings)
        opener.open_all()
        desk = OrderDesk(order_state, settings)
        unequal = 0
        for seed in range(size.operations // size.between_comparisons):
            trade_at_random(desk, seed, steps=size.between_comparisons)
            journal(database, order_state, settings)
            unequal += compare(database, desk, settings)
            say(f"{(seed + 1) * size.between_comparisons:,} operations")
        say("losing everything")
        order_state.flushall()
        order_state.function_flush()
        opener.open_all()
        after_loss = compare(database, desk, settings)
        report = verify(database, order_state, settings)
        say(f"verify: {report.difference or 'clean'}")
        fees, trading, shortfall = map(sum, zip(*_by_row(database).values(), strict=True))
        with database.connect() as connection:
            events = connection.scalar(sa.select(sa.func.count()).select_from(OrderEventRow)) or 0
            entries = connection.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) or 0
        return {
            "operations": size.operations,
            "events": events,
            "ledger_entries": entries,
            "fees_cents": fees,
            "trading_cents": trading,
            "shortfall_cents": shortfall,
            "unequal": unequal,
            "after_loss": after_loss,
            "clean": float(report.is_clean),
        }


def compare(database: sa.Engine, desk: OrderDesk, settings: Settings) -> int:
    """How many figures of all shards are not the same in all three."""
    ledger, row = _by_ledger(database), _by_row(database)
    unequal = 0
    for shard in range(settings.order_shards):
        house = desk.house(shard)
        told = (
            (house.fees, house.trading, house.shortfall),
            ledger.get(shard, NOTHING),
            row.get(shard, NOTHING),
        )
        for name, figures in zip(("fees", "trading", "shortfall"), zip(*told, strict=True), strict=True):
            if len(set(figures)) > 1:
                say(f"{name} of shard {shard}: counters, ledger, row say {figures}")
                unequal += 1
    return unequal


def _by_ledger(database: sa.Engine) -> dict[int, Made]:
    """By shard, as the entries add up."""

    def total(account: LedgerAccount) -> sa.ColumnElement[int]:
        mine = sa.func.sum(LedgerEntry.amount).filter(LedgerEntry.account == account)
        return sa.cast(sa.func.coalesce(mine, 0), sa.BigInteger)

    query = sa.select(
        LedgerEntry.shard,
        total(LedgerAccount.HOUSE_FEES),
        total(LedgerAccount.HOUSE_PNL),
        -total(LedgerAccount.HOUSE_SHORTFALL),
    ).group_by(LedgerEntry.shard)
    with database.connect() as connection:
        return {
            shard: (fees, trading, shortfall) for shard, fees, trading, shortfall in connection.execute(query)
        }


def _by_row(database: sa.Engine) -> dict[int, Made]:
    """By shard, as the journal keeps it."""
    table = PlatformProfit
    query = sa.select(table.shard, table.fees, table.trading, table.shortfall)
    with database.connect() as connection:
        return {
            shard: (fees, trading, shortfall) for shard, fees, trading, shortfall in connection.execute(query)
        }


def main() -> int:
    """Measures; 1 when something was unequal."""
    return run_judged(
        "Compares what the house has made, told three times.",
        measure,
        whole=Size(),
        quick=QUICK,
        limits=LIMITS,
        decimals=0,
        logged=logging.ERROR,
    )


if __name__ == "__main__":
    sys.exit(main())
