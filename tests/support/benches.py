"""Benchmarks on numbers too small to say anything: do they run, and end with their figures."""

import subprocess
import sys

from tests.support.back_office import ROOT

RUN_LIMIT_S = 120


def quick_figures(module: str) -> dict[str, float]:
    """The last line of `python -m module --quick`, which must end well."""
    run = subprocess.run(
        [sys.executable, "-m", module, "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    last = run.stdout.splitlines()[-1]
    return {name: float(value) for name, _, value in (word.partition("=") for word in last.split())}
