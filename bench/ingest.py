"""Trades from Kafka to PostgreSQL, measured. `python -m bench.ingest`; `--quick` tries it on small numbers.

The real poller's producer, batcher and Dramatiq workers, each with its own settings; servers that keep what
they answered (fsync and synchronous_commit on).

trades_per_s          from Kafka to rows and candles: the topic is filled first, then the batcher started; the
                      clock runs from the first batch that is stored to the last
copy_per_s            a plain COPY of the same rows into an empty table with the same keys and constraints, on
                      the same server, right before and right after
vs_copy               the first over the second; each is the median of some rounds
visible_p99_s         from a trade's way into the producer to its row being read by another connection, at a
                      steady 2,000 trades/s, where batches of 500 fill (visible_p50_s: the median)
slow_visible_p99_s    the same at 20 trades/s, where BATCH_WAIT_S closes each batch

Exits with 1 when a limit isn't held. The last line has the figures.
"""

import sys
from dataclasses import dataclass

from bench.figures import Limits
from bench.ingest_backlog import measure_backlog
from bench.ingest_visible import measure_visible
from bench.judged import run_judged
from tests.support.trade_desk import trade_desk
from tests.support.waiting import eventually

LIMITS = Limits(most={"visible_p99_s": 6.0, "slow_visible_p99_s": 6.0}, least={"vs_copy": 0.25})
JOIN_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    backlog: int = 300_000
    rounds: int = 5
    per_s: int = 2_000
    seconds: float = 60.0
    slow_per_s: int = 20
    slow_seconds: float = 20.0


QUICK = Size(backlog=10_000, rounds=1, seconds=2.0, slow_per_s=200, slow_seconds=1.0)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    with trade_desk() as office:
        office.start_worker()
        figures = measure_backlog(office, size.backlog, rounds=size.rounds)
        batcher = office.start("workers.batcher")
        eventually(lambda: "partitions assigned" in batcher.output, limit_s=JOIN_LIMIT_S)
        figures |= measure_visible(office, per_s=size.per_s, seconds=size.seconds)
        slow = measure_visible(office, per_s=size.slow_per_s, seconds=size.slow_seconds)
        assert batcher.running, batcher.output
    return figures | {f"slow_{name}": value for name, value in slow.items()}


def main() -> int:
    """Measures, and says which limits are broken."""
    return run_judged(
        "Measures the way of trades from Kafka to PostgreSQL.",
        measure,
        whole=Size(),
        quick=QUICK,
        limits=LIMITS,
        decimals=3,
    )


if __name__ == "__main__":
    sys.exit(main())
