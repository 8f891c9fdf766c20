"""Clients that stop reading for minutes: what the others notice, and what becomes of them."""

import time
from dataclasses import dataclass

from bench.figures import say
from bench.stream_cells import DRAIN_S, faults_of
from bench.stream_desk import StreamDesk, sleep_until
from bench.stream_freshness import quantile_us
from bench.stream_reckon import Reckoned
from bench.usage import tcp_bytes, usage_now

LOOK_S = 1.0
# A client that reads on has a fresh price by then, or what it was told was a backlog.
CATCH_UP_S_MAX = 1.0
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Stall:
    """So many clients, of which some stop reading; seconds before it, of it, and after it."""

    clients: int = 500
    stalled: int = 50
    per_s: int = 300
    warm_s: float = 2.0
    before_s: float = 30.0
    stalled_s: float = 120.0
    after_s: float = 10.0

    @property
    def numbers(self) -> list[int]:
        """Trades until it is measured, until the stall begins, until it ends, and in all."""
        times = [self.warm_s, self.before_s, self.stalled_s, self.after_s]
        return [int(sum(times[: count + 1]) * self.per_s) for count in range(len(times))]


def measure_stalled(desk: StreamDesk, stall: Stall) -> dict[str, float]:
    """The others' 99th percentile of freshness during the stall and over that before it; memory; outcomes."""
    warm, begin, end, trades = stall.numbers
    with desk.clients(stall.clients - stall.stalled) as others, desk.clients(stall.stalled) as stalled:
        began_s = time.monotonic()
        desk.exchange.start_evenly(trades, stall.per_s)
        sleep_until(began_s + begin / stall.per_s)
        before, relay_bytes, kernel_bytes = usage_now(), desk.relay_bytes(), tcp_bytes()
        stalled.tell("stall", "stalls")
        grown, kernel_grown = 0, 0
        while (left_s := began_s + end / stall.per_s - time.monotonic()) > 0:
            time.sleep(min(LOOK_S, left_s))
            grown = max(grown, desk.relay_bytes() - relay_bytes)
            kernel_grown = max(kernel_grown, tcp_bytes() - kernel_bytes)
        cores = desk.cores(before, usage_now(), others)
        stalled.tell("read", "reads")
        sent = desk.exchange.wait_until_all_sent(stall.after_s)
        time.sleep(DRAIN_S)
        desk.check()
        windows = [(sent.first + warm, sent.first + begin), (sent.first + begin, sent.first + end)]
        windows.append((sent.first + end, sent.first + trades))
        of_others = others.reckon(desk.exchange.sent_file, windows)
        of_stalled = stalled.reckon(desk.exchange.sent_file, windows)
    p99s_ms = [quantile_us(tally.fresh, 0.99) / 1_000 for tally in of_others.tallies]
    say(
        f"{stall.stalled} of {stall.clients} clients stop reading for {stall.stalled_s:g} s: the others'"
        f" fresh p99 {p99s_ms[0]:.2f} ms before, {p99s_ms[1]:.2f} meanwhile, {p99s_ms[2]:.2f} after; the"
        f" relay grew {grown / _MB:.1f} MB, the kernel's buffers {kernel_grown / _MB:.1f} MB; cores: relay"
        f" {cores['relay']:.2f}, others {cores['others']:.2f}"
    )
    broken = faults_of(of_others, open_clients=stall.clients - stall.stalled)
    return {
        "stalled_p99_ratio": p99s_ms[1] / p99s_ms[0],
        "stalled_p99_before": p99s_ms[0],
        "stalled_p99": p99s_ms[1],
        "stalled_relay_mb": grown / _MB,
        "stalled_kernel_mb": kernel_grown / _MB,
        "stalled_broken": broken + _broken_of(of_stalled),
        **_outcomes(of_stalled),
    }


def _broken_of(stalled: Reckoned) -> int:
    """Of these an end is no fault."""
    for why, times in stalled.broken.items():
        say(f"  {times} clients: {why}")
    return stalled.broken.total() + stalled.unknown + stalled.backwards


def _outcomes(stalled: Reckoned) -> dict[str, float]:
    """closed: with a close frame; cut: ended without one. conflated: reads on, at prices that are fresh."""
    closed = sum(times for end, times in stalled.ends.items() if end.startswith("close "))
    ended = stalled.ends.total() - stalled.ends["open"]
    caught_up = [us for us in stalled.caught_up_us if us is not None]
    conflated = sum(us <= CATCH_UP_S_MAX * 1e6 for us in caught_up)
    say(
        f"  they: {dict(stalled.ends)}, {stalled.cut} in the middle of a frame; a fresh price after"
        f" {max(caught_up, default=0) / 1_000:.1f} ms at most, {max(stalled.backlog_bytes) / 1e3:.0f} KB were"
        " read before it at most"
    )
    return {
        "stalled_closed": closed,
        "stalled_cut": ended - closed,
        "stalled_torn": stalled.cut,
        "stalled_conflated": conflated,
        "stalled_neither": stalled.ends["open"] - conflated,
        "stalled_caught_up_ms": max(caught_up, default=0) / 1_000,
        "stalled_backlog_kb": max(stalled.backlog_bytes) / 1e3,
    }
