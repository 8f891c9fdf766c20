"""How long a desk's first start takes to a chart with seven days on it.

Seconds from the start of `make run`'s process, on empty data, until every asset's one-minute candles are
there over HTTP: without a network, in turn without history and with it (`simulated_extra_s` is what the days
cost, the medians' difference), and with a small Binance on this machine (`binance_s`).
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.figures import Limits, say
from bench.judged import run_judged
from tests.support.first_start import desk_on, desk_without_network, trading_binance, wait_for_chart
from tests.support.running_desk import RunningDesk

LIMITS = Limits(most={"simulated_extra_s": 60.0, "binance_s": 60.0}, least={})
CHART_LIMIT_S = 180.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    days: int = 7
    rounds: int = 3


QUICK = Size(days=1, rounds=1)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    without, simulated, binance = [], [], []
    for number in range(1, size.rounds + 1):
        without.append(seconds_to_chart(desk_without_network, days=0))
        simulated.append(seconds_to_chart(desk_without_network, days=size.days))
        with trading_binance() as exchange:
            binance.append(seconds_to_chart(partial(desk_on, exchange), days=size.days))
        say(
            f"round {number}: without history {without[-1]:.1f} s, {size.days} days simulated"
            f" {simulated[-1]:.1f} s, of Binance's {binance[-1]:.1f} s"
        )
    return {
        "without_s": statistics.median(without),
        "simulated_s": statistics.median(simulated),
        "simulated_extra_s": statistics.median(simulated) - statistics.median(without),
        "binance_s": statistics.median(binance),
        "binance_max_s": max(binance),
    }


def seconds_to_chart(start: Callable[..., AbstractContextManager[RunningDesk]], *, days: int) -> float:
    """One first start, and its stop; with 0 days to the first candles of trades."""
    with tempfile.TemporaryDirectory(prefix="cfdesk-bench-") as name:
        began = time.monotonic()
        with start(Path(name), history_days=days) as desk:
            wait_for_chart(desk, days=days, limit_s=CHART_LIMIT_S)
            return time.monotonic() - began


def main() -> int:
    """Measures, and says which limits are broken."""
    return run_judged(
        "Measures a first start, to a chart with seven days on it.",
        measure,
        whole=Size(),
        quick=QUICK,
        limits=LIMITS,
    )


if __name__ == "__main__":
    sys.exit(main())
