"""Kills everything, and asks afterwards whether what the clients were told is so. `python -m bench.faults`.

A load of opens, closes, partial closes and amendments, over the HTTP API and over the order state's own
client, with a log of every answer. Meanwhile, on a schedule made of the seed: kill -9 and SIGSTOP of every
process and server, kill -9 of all at once, power cuts of the order state (the append-only file cut back to
what was fsynced, with a torn tail), PostgreSQL stopped, the broker stopped and emptied, a full disk, clock
jumps. Then: is every acknowledged command there once, is nothing there twice, did nothing happen that was
refused, do stream, PostgreSQL, ledger and order state agree.

acked            commands acknowledged (refused, unanswered: the others; unanswered_done: of the latter, the
                 ones found done)
acked_lost       acknowledged, and not there, or only in part, or not as told
doubled          done more than once
refused_done     done although the client was told that nothing was
kills            kill -9 of a process or server (power_cuts: the order state's beside)
torn_bytes       of commands nobody had an answer for, left at the file's end by power cuts
restart_ms_*     kill -9 of the order state to the first accepted order
caught_up_s_max  the longest that PostgreSQL took to have what the stream had when a fault was over
not_run          kinds of fault that can't be made on this machine

`--quick` does each kind of fault at least once, in two minutes. Exits with 1 when something was lost or
doubled, does not agree, or took longer than 30 s. The last line has the figures.
"""

import argparse
import signal
import sys
from pathlib import Path

from bench.figures import say
from tests.faults.blows import BLOWS
from tests.faults.clock import find_faketime
from tests.faults.harness import run_faults
from tests.faults.schedule import QUICK, Counts, counted, make_schedule


def arguments() -> argparse.Namespace:
    """What the command line says."""
    whole = Counts()
    parser = argparse.ArgumentParser(description="Kills everything, and judges what is left.")
    parser.add_argument("--seed", type=int, default=1, help="the same faults in the same order")
    parser.add_argument("--quick", action="store_true", help="the two-minute cut")
    parser.add_argument("--redis-kills", type=int, default=whole.redis_kills)
    parser.add_argument("--power-cuts", type=int, default=whole.power_cuts)
    parser.add_argument("--worker-kills", type=int, default=whole.worker_kills, help="worker and journal")
    parser.add_argument("--postgres-kills", type=int, default=whole.postgres_kills)
    parser.add_argument(
        "--stalls", type=int, default=whole.stalls, help="worker, journal, PostgreSQL in turn"
    )
    parser.add_argument("--stall-s", type=float, default=whole.stall_s)
    parser.add_argument("--faketime", type=Path, default=find_faketime(), help="libfaketime.so.1")
    parser.add_argument("--logs", type=Path, help="a folder to leave the logs of the run in")
    return parser.parse_args()


def main() -> int:
    """Runs, and says what was found."""
    asked = arguments()
    # A stop from outside cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    counts = (
        QUICK
        if asked.quick
        else Counts(
            redis_kills=asked.redis_kills,
            power_cuts=asked.power_cuts,
            worker_kills=asked.worker_kills,
            postgres_kills=asked.postgres_kills,
            stalls=asked.stalls,
            stall_s=asked.stall_s,
        )
    )
    faults = make_schedule(counts, seed=asked.seed)
    say(" ".join(f"{blow}={number}" for blow, number in counted(faults).items()) + f" seed={asked.seed}")
    outcome = run_faults(
        faults,
        lambda fault: BLOWS[fault.blow],
        seed=asked.seed,
        say=say,
        faketime=asked.faketime,
        logs=asked.logs,
    )
    for finding in outcome.findings:
        say(finding)
    say(" ".join(f"{name}={value}" for name, value in outcome.figures.items()))
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
