"""The order engine's limits, measured. `python -m bench.engine`; `--quick` tries it out on small numbers.

Each is held against something else measured in the same run, in turns: machines differ and are busy.

tick_growth         time inside the call of a tick that fires nothing: at 1,000,000 open positions over 1,000
                    (tick_cpu_growth: processor time of all that the server does for a tick, reading and
                    answering included; tick_look_growth: inside the call, when a position changed since the
                    last tick, so that it looks at the indexes anew)
bytes_per_position  the server's memory for each of the million, its places in the indexes included; the
                    account aside (bytes_per_request, bytes_per_event: what else an open leaves, for a time)
trail_growth        time inside the call of a tick, each a new high, of a market that rises past 100,000
                    trailing stops set at many prices: over the same with 100 (trail_cpu_growth: all that the
                    server does; trail_calm_growth: the market rises ten times as slowly)
vs_scan             a scan of 100,000 positions in Python over the time inside the call of a tick at as many
                    (vs_scan_cpu: over all that the server does for it, reading and answering included)
open_vs_hset        round trip of an open over that of an HSET on the same server, both on disk when answered
call_ms_max         the longest call while a crash liquidates 100,000 positions, by the server's clock: so
                    long it keeps everybody else waiting (ping_ms_max: the longest wait that another
                    connection saw, fsync included; idle_ping_ms_max: the same while nothing happens)

Exits with 1 when a limit isn't held. The last line has the figures.
"""

import sys
from dataclasses import dataclass

from bench.engine_cascade import measure_cascade
from bench.engine_orders import measure_orders
from bench.engine_population import Crowd
from bench.engine_server import bench_server
from bench.engine_ticks import measure_growth, measure_scan
from bench.engine_trails import measure_trails
from bench.figures import Limits
from bench.judged import run_judged

LIMITS = Limits(
    most={
        "tick_growth": 1.6,
        "trail_growth": 3.0,
        "open_vs_hset": 2.5,
        "call_ms_max": 15.0,
        "bytes_per_position": 700.0,
    },
    least={"vs_scan": 1_000.0},
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    few: int = 1_000
    positions: int = 1_000_000
    trails_few: int = 100
    trails: int = 100_000
    scanned: int = 100_000
    liquidated: int = 100_000
    crashes: int = 3
    rounds: int = 15
    ticks: int = 1_000
    pairs: int = 3_000
    opens: int = 10_000


QUICK = Size(
    few=100,
    positions=5_000,
    trails_few=10,
    trails=1_000,
    scanned=1_000,
    liquidated=1_000,
    crashes=1,
    rounds=3,
    ticks=200,
    pairs=200,
    opens=500,
)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    figures = measure_growth(small=size.few, large=size.positions, rounds=size.rounds, ticks=size.ticks)
    figures |= measure_trails(few=size.trails_few, many=size.trails)
    with bench_server() as server:
        crowd = Crowd(server)
        figures |= measure_scan(crowd, size.scanned, rounds=size.rounds, ticks=size.ticks)
        figures |= measure_orders(crowd, pairs=size.pairs, opens=size.opens)
        figures |= measure_cascade(crowd, size.liquidated, rounds=size.crashes)
    return figures


def main() -> int:
    """Measures, and says which limits are broken."""
    return run_judged(
        "Measures the order engine against its limits.",
        measure,
        whole=Size(),
        quick=QUICK,
        limits=LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main())
