"""The benchmark of a restore runs, on numbers too small to say how fast it is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN_LIMIT_S = 120


def test_the_quick_run_restores_everything() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench.restore", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    last = run.stdout.splitlines()[-1]
    figures = {name: float(value) for name, _, value in (word.partition("=") for word in last.split())}
    assert (figures["clean"], figures["restored"], figures["snapshots"]) == (1, 1_500, 300)
    assert figures["positions_per_s"] > 0
