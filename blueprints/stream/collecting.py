"""When Python's garbage collector looks through everything: seldom, and when there is something to find.

A thousand connections are half a million objects that live long. Left alone the collector walks through all
of them every second or so while clients come and go, and holds up every price for a tenth of a second each
time. What is young it goes on collecting as always, which takes no time that anybody notices.
"""

import gc
import time

import gevent

from runtime.logs import get_logger

# Allocations, and collections of the youngest, before the young are looked through.
_YOUNG = (5_000, 20)
_NEVER = 10**9
# Clients that left, and seconds, after which everything is.
_LEFT_MIN = 500
_AT_LEAST_EVERY_S = 900.0
_LOOK_S = 1.0
_LONG_S = 0.1

log = get_logger(__name__)


class Collecting:
    """The collections of a process that keeps many connections."""

    def __init__(self) -> None:
        self._clients = 0
        self._left = 0

    def came(self) -> None:
        """A client."""
        self._clients += 1

    def left(self) -> None:
        """A client."""
        self._clients -= 1
        self._left += 1

    def run(self) -> None:
        """Takes over from the collector's own schedule, for ever."""
        gc.set_threshold(*_YOUNG, _NEVER)
        collected_at = time.monotonic()
        while True:
            gevent.sleep(_LOOK_S)
            is_due = time.monotonic() - collected_at > _AT_LEAST_EVERY_S
            # As many as there are: a collection costs by those that stay, and is paid by those that left.
            if is_due or self._left >= max(_LEFT_MIN, self._clients):
                began = time.monotonic()
                found = gc.collect()
                collected_at, self._left = time.monotonic(), 0
                if (took_s := collected_at - began) > _LONG_S:
                    log.info("garbage collected", took_ms=round(took_s * 1000), found=found)
