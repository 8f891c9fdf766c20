"""The two-minute cut of the harness, on the whole desk: what CI runs on every change."""

import subprocess
import sys
from pathlib import Path

from tests.faults.clock import find_faketime

ROOT = Path(__file__).resolve().parents[2]
# It takes less than half of it where nothing else runs.
RUN_LIMIT_S = 240


def test_whatever_is_killed_nothing_acknowledged_is_lost() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    figures = dict(word.split("=") for word in run.stdout.splitlines()[-1].split())
    assert int(figures["acked"]) > 500
    assert int(figures["acked_http"]) > 100
    assert int(figures["kills"]) >= 20
    assert int(figures["power_cuts"]) >= 5
    # Some of what nobody had an answer for was left in the file.
    assert int(figures["torn_bytes"]) > 0
    # A fault that can't be made here is said to be so.
    assert figures["not_run"] == ("none" if find_faketime() else "clock_jump")
    lost = ("acked_lost", "doubled", "refused_done", "ledger_sum")
    assert {name: figures[name] for name in lost} == dict.fromkeys(lost, "0")
