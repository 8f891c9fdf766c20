"""Sets of trade ids, as ranges. Pure."""

from collections.abc import Iterable, Iterator
from itertools import pairwise


class Gaps:
    """The missing ids of one market: disjoint ranges, both ends inclusive, in order."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._ranges: list[tuple[int, int]] = []
        for first, last in ranges:
            self.add(first, last)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._ranges)

    def __len__(self) -> int:
        return len(self._ranges)

    @property
    def ids(self) -> int:
        """How many ids are missing."""
        return sum(last - first + 1 for first, last in self._ranges)

    def add(self, first: int, last: int) -> None:
        """These ids are missing, too; ranges that touch become one."""
        apart = [(a, b) for a, b in self._ranges if b + 1 < first or last + 1 < a]
        touched = [(a, b) for a, b in self._ranges if not (b + 1 < first or last + 1 < a)]
        whole = (min([first, *(a for a, _ in touched)]), max([last, *(b for _, b in touched)]))
        self._ranges = sorted([*apart, whole])

    def remove(self, first: int, last: int) -> None:
        """These ids are missing no longer."""
        left: list[tuple[int, int]] = []
        for a, b in self._ranges:
            left += [(a, min(b, first - 1)), (max(a, last + 1), b)] if a <= last and first <= b else [(a, b)]
        self._ranges = [(a, b) for a, b in left if a <= b]

    def closest(self) -> tuple[int, int]:
        """The range between the two gaps with the fewest ids between them; there must be two."""
        pairs = pairwise(self._ranges)
        _, first, last = min((after[0] - before[1], before[1] + 1, after[0] - 1) for before, after in pairs)
        return first, last
