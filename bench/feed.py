"""The feed, measured from the exchange's socket on. `python -m bench.feed`; `--quick` tries it small.

The real poller process, connected to a WebSocket server of another process that is quicker than it; servers
that keep what they answered.

sustained_per_s  rows a second that the whole path holds for a minute, feed to PostgreSQL, with the batcher
                 and the workers on the same machine: the highest rate tried at which what is on its way
                 doesn't grow
publish_p50_us   from the frame received to the price read by a subscriber, at 300 trades/s, and
publish_p99_us   (busy_...) at 5,000 trades/s
frames_per_s     decoded and fanned out to Redis and Kafka, as fast as one process on one core takes them:
                 a price in Redis, and acknowledged by Kafka
decode_per_s     by a poller that does nothing but decode, on the same core
vs_decode        the first over the second; medians of some rounds

Exits with 1 when a limit isn't held. The last line has the figures.
"""

import sys
from dataclasses import dataclass

from bench.feed_desk import feed_desk
from bench.feed_latency import measure_latency
from bench.feed_rate import measure_rate
from bench.feed_sustained import measure_sustained
from bench.figures import Limits
from bench.judged import run_judged

LIMITS = Limits(most={}, least={"vs_decode": 0.2, "sustained_per_s": 10_000})


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    # A little more than the limit, or a rate that is held would fall short of it by rounding.
    sustained_rates: tuple[int, ...] = (10_100, 12_000, 14_000)
    sustained_s: float = 60.0
    calm_per_s: int = 300
    busy_per_s: int = 5_000
    latency_s: float = 20.0
    trades: int = 300_000
    rounds: int = 3


QUICK = Size(sustained_rates=(500,), sustained_s=8.0, busy_per_s=600, latency_s=2.0, trades=60_000, rounds=1)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    with feed_desk() as desk:
        figures = measure_sustained(desk, rates=size.sustained_rates, seconds=size.sustained_s)
        figures |= measure_latency(desk, per_s=size.calm_per_s, seconds=size.latency_s)
        busy = measure_latency(desk, per_s=size.busy_per_s, seconds=size.latency_s)
        figures |= {f"busy_{name}": value for name, value in busy.items()}
        return figures | measure_rate(desk, size.trades, rounds=size.rounds)


def main() -> int:
    """Measures, and says which limits are broken."""
    return run_judged(
        "Measures the feed, from the exchange to PostgreSQL.",
        measure,
        whole=Size(),
        quick=QUICK,
        limits=LIMITS,
        decimals=3,
    )


if __name__ == "__main__":
    sys.exit(main())
