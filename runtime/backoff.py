"""How long to wait before a process that ended is started again."""


class Backoff:
    """Doubling delays: the first ones short, so that a single kill is hardly seen, and bounded above.

    A process that ran well for `well_after_s` before it ended starts from the first delay again.
    """

    def __init__(self, *, first_s: float = 0.2, max_s: float = 10.0, well_after_s: float = 10.0) -> None:
        if not 0 < first_s <= max_s:
            raise ValueError("the first delay must be positive and not above the longest")
        self._first_s = first_s
        self._max_s = max_s
        self._well_after_s = well_after_s
        self._next_s = first_s

    def delay_s(self, ran_s: float) -> float:
        """The delay, in seconds, before the next start of a process that ran for `ran_s` seconds."""
        if ran_s >= self._well_after_s:
            self._next_s = self._first_s
        delay = self._next_s
        self._next_s = min(self._next_s * 2, self._max_s)
        return delay
