"""How old prices are when clients get them, and for how long clients are without them. Pure.

latency    of a price that arrives: from when its trade went out to when the client has it
freshness  of each trade for each client: from when it went out until the client has its price or a newer one
           of the asset. A relay that leaves prices out is not excused, and one that comes late counts for all
           that it held up.

Both in whole microseconds, counted by value: there are millions of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.instruments import ASSETS

# Trades are of the assets in turn: feed_exchange.
_ASSETS = len(ASSETS)


@dataclass(slots=True)
class Tally:
    """The trades of a window of time. never: (trade, client) of those that didn't get it or a newer one."""

    fresh: Counter[int] = field(default_factory=Counter)
    latency: Counter[int] = field(default_factory=Counter)
    never: int = 0

    def add(self, other: "Tally") -> None:
        """Other clients' too."""
        self.fresh.update(other.fresh)
        self.latency.update(other.latency)
        self.never += other.never


class Ticks:
    """When trades went out, and the windows they belong to.

    A client is a list: for each asset the place, after the first window's beginning, of the newest it has.
    """

    def __init__(self, sent_ns: Sequence[int], windows: Sequence[tuple[int, int]]) -> None:
        """sent_ns: by number; windows: numbers of the first trade and of the one after the last, in order."""
        self.tallies = [Tally() for _ in windows]
        self.unknown = 0
        self.backwards = 0
        self._first_id = windows[0][0] // _ASSETS
        # Sent before, between or after the windows.
        aside = Tally()
        tally_of = {
            number: tally
            for tally, (begin, end) in zip(self.tallies, windows, strict=True)
            for number in range(begin, end)
        }
        self._ticks = [
            [
                (sent_ns[number], tally_of.get(number, aside))
                for number in range(self._first_id * _ASSETS + asset, len(sent_ns), _ASSETS)
            ]
            for asset in range(_ASSETS)
        ]

    def new_client(self) -> list[int]:
        """One that has nothing yet."""
        return [-1] * _ASSETS

    def note(self, client: list[int], asset: int, trade_id: int, at_ns: int) -> None:
        """The client has a price."""
        place, last, ticks = trade_id - self._first_id, client[asset], self._ticks[asset]
        if place < 0:
            return
        if place >= len(ticks):
            self.unknown += 1
            return
        if place <= last:
            self.backwards += 1
            return
        for sent_ns, tally in ticks[last + 1 : place + 1]:
            tally.fresh[(at_ns - sent_ns) // 1_000] += 1
        sent_ns, tally = ticks[place]
        tally.latency[(at_ns - sent_ns) // 1_000] += 1
        client[asset] = place

    def sent_ns(self, asset: int, trade_id: int) -> int:
        """When a trade went out; 0 of one before the first window."""
        place, ticks = trade_id - self._first_id, self._ticks[asset]
        return ticks[place][0] if 0 <= place < len(ticks) else 0

    def end(self, client: Sequence[int], at_ns: int) -> None:
        """The client has heard its last: what it still lacks is at least as old as that."""
        for ticks, last in zip(self._ticks, client, strict=True):
            for sent_ns, tally in ticks[last + 1 :]:
                tally.fresh[max(0, at_ns - sent_ns) // 1_000] += 1
                tally.never += 1


def quantile_us(counted: Mapping[int, int], share: float) -> int:
    """The value that this share of the values doesn't pass; 0 of none."""
    left = share * sum(counted.values())
    for value in sorted(counted):
        left -= counted[value]
        if left <= 0:
            return value
    return max(counted, default=0)
