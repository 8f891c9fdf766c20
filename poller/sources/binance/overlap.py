"""What a successor has sent while its predecessor still feeds. Pure."""

from collections.abc import Mapping

from domain.messages import Tick

# More than this is held for no one: the successor takes over with what it has.
_HELD_MAX = 20_000


class Overlap:
    """The successor's trades so far, in order."""

    def __init__(self) -> None:
        self.held: list[Tick] = []
        self._first: dict[str, int] = {}

    def hold(self, tick: Tick) -> None:
        """Keeps a trade until the successor takes over."""
        self._first.setdefault(tick.symbol, tick.trade_id)
        self.held.append(tick)

    def joins(self, last: Mapping[str, int]) -> bool:
        """Whether, in every market, what was given out up to `last` reaches the successor's first trade."""
        if len(self.held) >= _HELD_MAX:
            return True
        return all(symbol in self._first and self._first[symbol] <= last[symbol] + 1 for symbol in last)
