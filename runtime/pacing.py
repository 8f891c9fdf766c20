"""How long to wait before trying again, and how often to say so."""

import random
import time


class JitteredBackoff:
    """Pauses for a feed's connections: they double up to a limit, with jitter."""

    def __init__(self, first_s: float, max_s: float) -> None:
        self._first_s = min(first_s, max_s)
        self._max_s = max_s
        self._next_s = self._first_s

    def reset(self) -> None:
        """Begins again with the shortest pause: it works."""
        self._next_s = self._first_s

    def next_s(self) -> float:
        """Seconds to wait now: between half and all of the current pause, which then doubles."""
        pause_s, self._next_s = self._next_s, min(self._next_s * 2, self._max_s)
        return pause_s * random.uniform(0.5, 1.0)


class Seldom:
    """Lets a repeated message through once in a while, with the number of those held back."""

    def __init__(self, every_s: float = 5.0) -> None:
        self._every_s = every_s
        self._last = float("-inf")
        self._held_back = 0

    def due(self) -> int:
        """0: say nothing now. Otherwise how many times it happened since it was last said."""
        self._held_back += 1
        now = time.monotonic()
        if now - self._last < self._every_s:
            return 0
        self._last = now
        times, self._held_back = self._held_back, 0
        return times
