"""A Binance whose trades come evenly, and that knows when each went out: `python -m bench.stream_exchange`.

It says its address; then each line `COUNT PER_S PATH` on its standard input is answered, when so many trades
are out, by `FIRST P50 P99 MAX`: the number of the first, and how late they went out, in microseconds. The
file at PATH then holds when each trade ever went out: nanoseconds since the epoch, machine integers of 8
bytes, by number. The so-many-th trade of all is of asset `number % 3`, its id there is `number // 3`
(feed_exchange).
"""

import ctypes
import gc
import time
from array import array
from pathlib import Path

from bench.feed_exchange import Exchange, serve_exchange, trade_frame

_PR_SET_TIMERSLACK = 29
# The kernel may wake a sleeper so much later, to save power: 50,000 unless told.
_TIMERSLACK_NS = 1_000


class EvenExchange(Exchange):
    """Trades one by one, each when it is due."""

    def __init__(self) -> None:
        super().__init__()
        self._sent_ns = array("q")

    def answer(self, line: str) -> str:
        """Sends, and writes down when."""
        count, per_s, path = line.split(maxsplit=2)
        first = len(self._sent_ns)
        late_us = sorted(self._send_evenly(int(count), int(per_s)))
        Path(path.strip()).write_bytes(self._sent_ns.tobytes())
        p50, p99 = (late_us[int(len(late_us) * share)] for share in (0.5, 0.99))
        return f"{first} {p50:.0f} {p99:.0f} {late_us[-1]:.0f}"

    def _send_evenly(self, count: int, per_s: int) -> list[float]:
        """How late each was."""
        write = self.writer()
        late_us = []
        began = time.monotonic()
        for turn in range(count):
            due = began + turn / per_s
            while (wait_s := due - time.monotonic()) > 0:
                time.sleep(wait_s)
            sent_ns = time.time_ns()
            write(trade_frame(next(self.numbers), sent_ns // 1_000_000))
            self._sent_ns.append(sent_ns)
            late_us.append(-wait_s * 1e6)
        return late_us


if __name__ == "__main__":
    # The main thread is the one that sends.
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, _TIMERSLACK_NS, 0, 0, 0)
    gc.disable()
    serve_exchange(EvenExchange())
