"""Runs random scripts against the real library and the model, and compares the two after every step.

`python -m tests.model.simulate --seed 7 --steps 2000` replays one seed; `--seeds 100 --first-seed 1` runs a
hundred. The first difference is written with its seed, step and command, and ends the run with 1.
"""

import argparse
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog

from runtime.connections import orders_redis
from runtime.settings import Settings
from tests.model.compare import Difference
from tests.model.simulation import Simulation
from tests.support.services import running_services
from tests.support.settings import make_settings

STEPS = 2_000
# Longer than any run: a price grows old when the script says so.
STALE_MS = 86_400_000
ELSEWHERE = "redis://nobody.invalid"


def terms_of(seed: int) -> dict[str, Any]:
    """A desk of its own for each seed."""
    chooser = random.Random(f"desk {seed}")
    return {
        "spread_bps": chooser.randint(0, 5),
        "fee_bps": chooser.choice((0, 1, 50, chooser.randint(0, 100))),
        "stop_out_percent": chooser.choice((0, 0, chooser.randint(1, 50))),
        "order_shards": chooser.choice((1, 1, 3)),
        "fired_per_call_max": chooser.choice((1, 3, 3, 200)),
        "positions_per_account_max": chooser.choice((4, 20, 200)),
        "price_stale_ms": STALE_MS,
    }


def simulate(client: redis.Redis, settings: Settings, seed: int, steps: int) -> Counter[str]:
    """One seed, from an empty server; what happened, counted. Raises Difference."""
    simulation = Simulation(client, settings.model_copy(update=terms_of(seed)), seed)
    simulation.run(seed, steps)
    return simulation.counts


@contextmanager
def running_orders() -> Iterator[tuple[redis.Redis, Settings]]:
    """A Valkey of our own with the settings to reach it; nothing else starts."""
    with running_services(database_url=ELSEWHERE, redis_url=ELSEWHERE, kafka_brokers=ELSEWHERE) as services:
        settings = make_settings(services)
        client = orders_redis(settings, name="simulate")
        # What fsync promises is tested elsewhere; here it would be most of the time.
        client.config_set("appendfsync", "no")
        try:
            yield client, settings
        finally:
            client.close()


def main() -> int:
    """Runs the seeds; 1 at the first difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this one")
    parser.add_argument("--seeds", type=int, default=1, help="run so many")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS, help="of each seed")
    asked = parser.parse_args()
    first, number = (asked.seed, 1) if asked.seed is not None else (asked.first_seed, asked.seeds)
    # Each seed loads the library, which says so.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with running_orders() as (client, settings):
        for seed in range(first, first + number):
            try:
                counts += simulate(client, settings, seed, asked.steps)
            except Difference as difference:
                replay = f"python -m tests.model.simulate --seed {seed} --steps {asked.steps}"
                sys.stdout.write(f"{difference}\nreplay: {replay}\n")
                return 1
    seconds = time.monotonic() - began
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:10,}  {name}\n")
    steps = number * asked.steps
    sys.stdout.write(f"seeds={number} steps={steps} differences=0 steps_per_s={steps / seconds:.0f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
