"""Runs random scripts against the real library and the model, and compares the two after every step.

`python -m tests.model.simulate --seed 7 --steps 2000` replays one seed; `--seeds 100 --first-seed 1 --jobs 2`
runs a hundred in two processes. The first difference is written with its seed, step and command, and ends
the run with 1.
"""

import argparse
import signal
import sys
import time

from tests.model.jobs import leave, run_seeds

STEPS = 2_000


def main() -> int:
    """Runs the seeds; 1 at the first difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this one")
    parser.add_argument("--seeds", type=int, default=1, help="run so many")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS, help="of each seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with a server of its own")
    asked = parser.parse_args()
    first, number = (asked.seed, 1) if asked.seed is not None else (asked.first_seed, asked.seeds)
    signal.signal(signal.SIGTERM, leave)
    began = time.monotonic()
    run = run_seeds(range(first, first + number), asked.steps, jobs=min(asked.jobs, number))
    seconds = time.monotonic() - began
    if run.failed is not None:
        replay = f"python -m tests.model.simulate --seed {run.failed.seed} --steps {asked.steps}"
        sys.stdout.write(f"{run.failed.difference}\nreplay: {replay}\n")
        return 1
    for name, count in sorted(run.counts.items()):
        sys.stdout.write(f"{count:10,}  {name}\n")
    steps = number * asked.steps
    sys.stdout.write(f"seeds={number} steps={steps} differences=0 steps_per_s={steps / seconds:.0f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
