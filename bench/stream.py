"""The live stream, from the exchange to many clients. `python -m bench.stream`; `--quick` tries it small.

All real processes: an exchange that sends trades evenly, the poller, Redis, the relay, its clients, which do
nothing but read and note when, and a bare subscriber of Redis. A cell is so many clients, each subscribed to
all assets, x so many trades a second of all assets together. Milliseconds:

fresh_p50_CELL, p99, max    for which a client is without a trade's price or a newer one, by trade and client
latency_p50_CELL, p99, max  from a trade to its price at a client, of the prices that arrive
delivered_CELL              share of the prices that arrive; others were replaced by newer ones
pubsub_p50_CELL, p99        from a trade to its price at the bare subscriber; feed_...: to the poller
client_lag_p99_CELL, ...    that bytes lay in a client's socket before it read them, by the kernel's clock
                            (of every 25th client); with clients1_cores_CELL, what a process of clients used
                            of a core, it tells whether the clients were what is slow
late_p99_CELL               by which a trade went out too late
relay_cores_CELL, ...       cores of each process; others: of what is no part of this
vs_pubsub_p50               latency of a client over that of the bare subscriber in the same run, 1x50

Medians of the rounds. Then some clients of many stop reading for minutes, and read on:

stalled_p99_ratio           the others' fresh_p99 meanwhile over that before
stalled_relay_mb            by which the relay's memory grew (stalled_kernel_mb: that of all TCP sockets)
stalled_closed, ..._cut     of them found themselves closed: told so in a close frame, and not (..._torn: in
                            the middle of a frame)
stalled_conflated           of them had a fresh price within a second (..._caught_up_ms, ..._backlog_kb: the
                            longest that took, and what they read before it); stalled_neither: of all three
broken_frames               clients, in all of it, that were sent what they must not be, or that were left

Exits with 1 when a limit isn't held. The last line has the figures.
"""

import argparse
import logging
import os
import signal
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from bench.figures import Limits, say, say_figures
from bench.stream_cells import Cell, Timing, measure_cell, parse_cells
from bench.stream_desk import StreamDesk, stream_desk
from bench.stream_stalled import Stall, measure_stalled
from tests.model.jobs import leave

LIMITS = Limits(
    most={
        "fresh_p99_100x50": 5.0,
        "fresh_p99_100x300": 5.0,
        "fresh_p99_500x50": 10.0,
        "fresh_p99_500x300": 20.0,
        "fresh_p99_1000x300": 20.0,
        "vs_pubsub_p50": 3.0,
        "stalled_p99_ratio": 1.2,
        "stalled_relay_mb": 50.0,
        "stalled_neither": 0.0,
        "broken_frames": 0.0,
    },
    least={},
)
VERSUS = Cell(1, 50)
ALL_CELLS = tuple(Cell(clients, per_s) for clients in (1, 100, 500, 1_000) for per_s in (50, 300))
LIMIT_S = 3_600


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    cells: Sequence[Cell] = ALL_CELLS
    timing: Timing = field(default_factory=Timing)
    rounds: int = 3
    stall: Stall | None = field(default_factory=Stall)
    relays: int = 1
    loads: int = 2


QUICK = Size(
    cells=(VERSUS, Cell(10, 50), Cell(20, 300)),
    timing=Timing(warm_s=0.5, measured_s=1.0),
    rounds=1,
    stall=Stall(clients=20, stalled=4, warm_s=0.5, before_s=1.0, stalled_s=2.0, after_s=1.0),
)


def measure(desk: StreamDesk, size: Size) -> dict[str, float]:
    """All figures."""
    rounds: dict[str, list[float]] = defaultdict(list)
    for number in range(size.rounds if size.cells else 0):
        say(f"round {number + 1}: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; p50/p99/max")
        for cell in size.cells:
            for name, value in measure_cell(desk, cell, size.timing).items():
                rounds[f"{name}_{cell}"].append(value)
    figures = {name: statistics.median(values) for name, values in rounds.items()}
    if VERSUS in size.cells:
        figures["vs_pubsub_p50"] = statistics.median(
            ours / bare
            for ours, bare in zip(
                rounds[f"latency_p50_{VERSUS}"], rounds[f"pubsub_p50_{VERSUS}"], strict=True
            )
        )
    broken = sum(sum(rounds[f"broken_{cell}"]) for cell in size.cells)
    if size.stall is not None:
        figures |= measure_stalled(desk, size.stall)
        broken += figures["stalled_broken"]
    return figures | {"broken_frames": broken}


def broken_limits(figures: dict[str, float]) -> list[str]:
    """A sentence for each limit that isn't held, of what was measured."""
    most = {name: limit for name, limit in LIMITS.most.items() if name in figures}
    return Limits(most=most, least={}).broken(figures)


def sizes() -> tuple[Size, bool]:
    """What is asked for, and whether limits are judged."""
    parser = argparse.ArgumentParser(
        description="Measures the live stream, from the exchange to its clients."
    )
    parser.add_argument("--quick", action="store_true", help="small numbers: no limit is judged by them")
    parser.add_argument("--cells", type=_cells, help="only these: CLIENTSxPER_S,... or - for none")
    parser.add_argument("--seconds", type=float, help="for which a cell is measured")
    parser.add_argument("--rounds", type=int, help="whose medians count")
    parser.add_argument("--stalled", type=float, help="seconds that the stall lasts; 0: none")
    parser.add_argument("--relays", type=int, default=1, help="processes of the relay (STREAM_WORKERS)")
    parser.add_argument("--loads", type=int, default=2, help="processes of clients")
    asked = parser.parse_args()
    size = replace(QUICK if asked.quick else Size(), relays=asked.relays, loads=asked.loads)
    if asked.cells is not None:
        size = replace(size, cells=asked.cells)
    if asked.seconds is not None:
        size = replace(size, timing=replace(size.timing, measured_s=asked.seconds))
    if asked.rounds is not None:
        size = replace(size, rounds=asked.rounds)
    if asked.stalled is not None and size.stall is not None:
        size = replace(size, stall=replace(size.stall, stalled_s=asked.stalled) if asked.stalled else None)
    return size, not asked.quick


def _cells(text: str) -> tuple[Cell, ...]:
    try:
        return parse_cells(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not like 100x50,1000x300") from None


def main() -> int:
    """Measures, and says which limits are broken."""
    size, is_judged = sizes()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    # The desk's processes are ended on the way out, whoever ends this one, or when it takes too long.
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGALRM, leave)
    signal.alarm(LIMIT_S)
    began = time.monotonic()
    with stream_desk(relays=size.relays, loads=size.loads) as desk:
        figures = measure(desk, size)
    figures["took_s"] = time.monotonic() - began
    sentences = broken_limits(figures) if is_judged else []
    for sentence in sentences:
        say(sentence)
    say_figures(figures, decimals=3)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
