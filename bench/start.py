"""How long `make run` takes to its first price, once everything is installed and built.

The first start makes the databases; the later ones find them. Seconds from the start of the process to a
price over HTTP, from the simulated market; the later starts' median is the figure that matters.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.support.running_desk import running_desk

LATER_STARTS = 3


def seconds_to_first_price(folder: Path) -> float:
    """One start of the desk on that folder's data, and its stop."""
    began = time.monotonic()
    with running_desk(folder, MARKET_FEED="simulated"):
        return time.monotonic() - began


def main() -> None:
    """Runs the desk a few times and prints the figures."""
    with tempfile.TemporaryDirectory(prefix="cfdesk-bench-") as name:
        folder = Path(name)
        first_s = seconds_to_first_price(folder)
        later_s = [seconds_to_first_price(folder) for _ in range(LATER_STARTS)]
    figures = {
        "first_start_s": first_s,
        "later_start_s": statistics.median(later_s),
        "later_start_max_s": max(later_s),
        "vs_first": statistics.median(later_s) / first_s,
    }
    sys.stdout.write(" ".join(f"{name}={value:.2f}" for name, value in figures.items()) + "\n")


if __name__ == "__main__":
    main()
