"""The benchmark of the trades' way runs, on numbers too small to say anything about its limits."""

import subprocess
import sys
from pathlib import Path

from bench.ingest import LEAST, MOST

ROOT = Path(__file__).resolve().parents[2]
RUN_LIMIT_S = 120


def test_the_quick_run_ends_with_every_figure() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench.ingest", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    last = run.stdout.splitlines()[-1]
    figures = {name: float(value) for name, _, value in (word.partition("=") for word in last.split())}
    assert figures.keys() >= MOST.keys() | LEAST.keys()
    assert all(value > 0 for value in figures.values()), last
