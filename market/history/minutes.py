"""Minutes, their candles, and spans of them. Pure.

A minute is counted since the epoch; 29_544_000 is 2026-03-04 12:00 UTC.
"""

from collections.abc import Iterable
from typing import NamedTuple

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
# A minute counts as over when it has been for so long: our clock is not quite the exchange's.
SETTLING_MS = MINUTE_MS


class MinuteCandle(NamedTuple):
    """A minute of some market. Prices raw, volume x 10^8."""

    minute: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    trades: int


class Span(NamedTuple):
    """The minutes from `begin` on, up to but without `end`."""

    begin: int
    end: int

    @property
    def minutes(self) -> int:
        """How many they are."""
        return self.end - self.begin


class Page(NamedTuple):
    """What is asked for at once. missing: how many of the span's minutes are missing."""

    span: Span
    missing: int


def last_days(days: int, *, now_ms: int) -> Span:
    """The minutes of the last days, as far as they are over."""
    now = now_ms // MINUTE_MS
    return Span(now - days * DAY_MINUTES, (now_ms - SETTLING_MS) // MINUTE_MS)


def pages(missing: Iterable[Span], *, minutes_max: int) -> list[Page]:
    """The missing spans, given oldest first, as pages of at most so many minutes, the newest first.

    A page begins and ends with a missing minute; what is between two holes that fit into one comes with them.
    """
    left = list(missing)
    found: list[Page] = []
    while left:
        end = begin = left[-1].end
        floor, count = end - minutes_max, 0
        while left and left[-1].end > floor:
            span = left.pop()
            begin = max(span.begin, floor)
            count += span.end - begin
            if span.begin < floor:
                left.append(Span(span.begin, floor))
        found.append(Page(Span(begin, end), count))
    return found
