"""How a benchmark is run from the command line: whole or quick, judged by its limits, ended cleanly."""

import argparse
import logging
import signal
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

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
    logged: int = logging.WARNING,
) -> int:
    """Measures, says which limits are broken, and the figures last with the seconds it took; the exit status.

    logged: of the desk's own lines, from which level on.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="small numbers: no limit is judged by them")
    is_quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logged))
    # What it has started is ended on the way out.
    signal.signal(signal.SIGTERM, leave)
    began = time.monotonic()
    figures = measure(quick if is_quick else whole)
    figures["took_s"] = time.monotonic() - began
    sentences = [] if is_quick else limits.broken(figures)
    for sentence in sentences:
        say(sentence)
    say_figures(figures, decimals=decimals)
    return 1 if sentences else 0
