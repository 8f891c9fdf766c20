"""Binance's request weight: how much is used, and until when nothing may be sent. Pure: it is told the time.

The exchange counts the weight of all requests from one address in each minute of the clock, and tells the sum
in every answer (X-MBX-USED-WEIGHT-1M). Whoever goes on after a 429 is banned (418), for two minutes to three
days (Binance Spot API, "IP Limits").
"""

_MINUTE_S = 60
# The exchange's clock is not quite ours.
_MARGIN_S = 1.0
# What a ban lasts at most; a longer word is not believed.
_BLOCKED_S_MAX = 3 * 24 * 3600


class RequestWeight:
    """One address's weight. Times are seconds since the epoch. Not safe for threads: its owner has a lock."""

    def __init__(self, weight_max: int) -> None:
        self._weight_max = weight_max
        self._minute = 0
        self._used = 0
        self._blocked_until = 0.0

    @property
    def used(self) -> int:
        """The weight of the newest minute, as far as it is known."""
        return self._used

    def take(self, weight: int, now: float) -> float:
        """Counts a request of this weight and answers 0, or how many seconds to wait before asking again."""
        if now < self._blocked_until:
            return self._blocked_until - now
        self._turn_to(now)
        if self._used + weight > self._weight_max:
            return (self._minute + 1) * _MINUTE_S + _MARGIN_S - now
        self._used += weight
        return 0.0

    def answered(self, used: int, now: float) -> None:
        """Believes the exchange's sum where it is larger: others may share the address."""
        self._turn_to(now)
        self._used = max(self._used, used)

    def block(self, seconds: float, now: float) -> None:
        """Nothing may be sent for so long."""
        self._blocked_until = max(self._blocked_until, now + min(seconds, _BLOCKED_S_MAX))

    def _turn_to(self, now: float) -> None:
        # The margin holds for the turn, too: a minute begins here when it has surely begun there.
        minute = int(now - _MARGIN_S) // _MINUTE_S
        if minute > self._minute:
            self._minute, self._used = minute, 0
