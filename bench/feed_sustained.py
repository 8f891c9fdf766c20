"""The rate that the whole path holds, from the feed to the row in PostgreSQL."""

import statistics
import time

from bench.feed_desk import FeedDesk
from bench.figures import say
from tests.support.trade_desk import stored
from tests.support.waiting import eventually

JOIN_LIMIT_S = 30.0
STOP_LIMIT_S = 20.0
DRAIN_LIMIT_S = 120.0
LOOK_S = 1.0
# What may be on its way: a backlog that is no longer than this, and no longer at the end than in the middle
# but for what one batch more or less makes, doesn't grow.
BEHIND_S_MAX = 5.0
GROWTH_MAX = 1.25


def measure_sustained(desk: FeedDesk, *, rates: tuple[int, ...], seconds: float) -> dict[str, float]:
    """The highest of these rates at which the backlog stays small and level; rows a second, meanwhile."""
    office = desk.office
    worker, batcher = office.start_worker(), office.start("workers.batcher")
    eventually(lambda: "partitions assigned" in batcher.output, limit_s=JOIN_LIMIT_S)
    poller = desk.start_feed()
    held = 0.0
    for per_s in rates:
        rows_per_s, holds = _try(desk, per_s, seconds)
        if holds:
            held = max(held, rows_per_s)
        else:
            break
    for process in (poller, batcher, worker):
        assert process.running, process.output[-2000:]
        process.stop(STOP_LIMIT_S)
    return {"sustained_per_s": held}


def _try(desk: FeedDesk, per_s: int, seconds: float) -> tuple[float, bool]:
    """Rows a second once it has begun, and whether the backlog didn't grow."""
    database, trades = desk.office.database, int(per_s * seconds)
    before = stored(database)
    looks: list[tuple[float, int]] = []
    began = time.monotonic()
    desk.exchange.start_sending(trades, per_s)
    while (elapsed := time.monotonic() - began) < seconds:
        looks.append((elapsed, stored(database) - before))
        time.sleep(LOOK_S)
    eventually(
        lambda: stored(database) - before >= trades, limit_s=DRAIN_LIMIT_S, every_s=0.2, what="every row"
    )
    drained_s = time.monotonic() - began - seconds
    desk.exchange.wait_until_sent(DRAIN_LIMIT_S)
    third = len(looks) // 3
    (began_s, first), (ended_s, last) = looks[third], looks[-1]
    middle, end = (
        statistics.mean(elapsed * per_s - rows for elapsed, rows in part)
        for part in (looks[third:-third], looks[-third:])
    )
    rows_per_s = (last - first) / (ended_s - began_s)
    say(
        f"{per_s:,} trades/s for {seconds:g} s: {rows_per_s:,.0f} rows/s; not yet rows: {middle:,.0f} in the"
        f" middle, {end:,.0f} at the end, none {drained_s:.1f} s later"
    )
    one_batch_more = middle * GROWTH_MAX + desk.office.settings.batch_trades_max
    return rows_per_s, end <= min(BEHIND_S_MAX * per_s, one_batch_more)
