"""A small cut of the trades' faults: `python -m tests.faults.trades` runs the whole."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN_LIMIT_S = 120


def test_kills_of_batcher_and_worker_neither_lose_nor_double_a_trade() -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "tests.faults.trades"),
            *("--trades", "20000", "--kills", "3", "--seed", "1", "--confirm-s", "2"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    last = run.stdout.splitlines()[-1]
    figures = dict(word.split("=") for word in last.split())
    assert figures.pop("took_s")
    assert figures == {"trades": "20000", "rows": "20000", "kills": "3", "candles_wrong": "0"}
