"""How many frames a second one poller process on one core decodes and fans out, and how many it decodes."""

import os
import statistics
import time

from bench.feed_desk import FeedDesk
from bench.figures import say

# Of the trades sent: the first connect and warm up, the last are the queue running dry.
FROM, TO = 0.15, 0.85
LOOK_S = 0.05
STOP_LIMIT_S = 20.0


def measure_rate(desk: FeedDesk, trades: int, *, rounds: int) -> dict[str, float]:
    """The poller and the one that only decodes, in turns; medians."""
    cores = sorted(os.sched_getaffinity(0))
    # The poller has one core for itself; servers and exchange share the others.
    core = cores[0] if len(cores) > 1 else None
    pairs = []
    for _ in range(rounds):
        whole = _per_s(desk, "poller.main", trades, core)
        decode = _per_s(desk, "bench.feed_decode", trades, core)
        say(f"{trades:,} trades: decoded and fanned out {whole:,.0f}/s, decoded only {decode:,.0f}/s")
        pairs.append((whole, decode))
    return {
        "frames_per_s": statistics.median(whole for whole, _ in pairs),
        "decode_per_s": statistics.median(decode for _, decode in pairs),
        "vs_decode": statistics.median(whole / decode for whole, decode in pairs),
    }


def _per_s(desk: FeedDesk, module: str, trades: int, core: int | None) -> float:
    poller = desk.start_feed(module, core=core)
    desk.exchange.start_sending(trades)
    samples: dict[float, float] = {}
    deadline = time.monotonic() + trades / 1_000
    while (done := desk.delivered()) < trades:
        assert time.monotonic() < deadline, f"{done} of {trades} trades: {poller.output[-2000:]}"
        if FROM * trades <= done <= TO * trades:
            samples[desk.figures()["at_us"]] = desk.delivered()
        time.sleep(LOOK_S)
    desk.exchange.wait_until_sent(STOP_LIMIT_S)
    poller.kill()
    (began_us, first), (ended_us, last) = min(samples.items()), max(samples.items())
    return (last - first) / (ended_us - began_us) * 1e6
