"""How a benchmark is run from the command line: whole or quick, judged by its limits, ended cleanly."""

import argparse
import signal
from collections.abc import Callable
from typing import TypeVar

from bench.figures import Limits, say, say_figures
from tests.model.jobs import leave

Size = TypeVar("Size")


def run_judged(
    description: str,
    measure: Callable[[Size], dict[str, float]],
    *,
    whole: Size,
    quick: Size,
    limits: Limits,
    decimals: int = 2,
) -> int:
    """Measures, says which limits are broken, and the figures last; the exit status."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="small numbers: no limit is judged by them")
    is_quick = parser.parse_args().quick
    # What it has started is ended on the way out.
    signal.signal(signal.SIGTERM, leave)
    figures = measure(quick if is_quick else whole)
    sentences = [] if is_quick else limits.broken(figures)
    for sentence in sentences:
        say(sentence)
    say_figures(figures, decimals=decimals)
    return 1 if sentences else 0
