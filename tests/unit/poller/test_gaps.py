"""Ranges of missing ids behave as the set of the ids in them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from poller.sources.binance.gaps import Gaps

RANGES = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
STEPS = st.lists(st.tuples(st.booleans(), RANGES), max_size=20)


def ids_of(gaps: Gaps) -> set[int]:
    return {trade_id for first, last in gaps for trade_id in range(first, last + 1)}


@given(steps=STEPS)
def test_they_are_the_set_of_their_ids(steps: list[tuple[bool, tuple[int, int]]]) -> None:
    gaps, ids = Gaps(), set[int]()
    for adding, (first, last) in steps:
        if adding:
            gaps.add(first, last)
            ids |= set(range(first, last + 1))
        else:
            gaps.remove(first, last)
            ids -= set(range(first, last + 1))
        assert ids_of(gaps) == ids
        assert gaps.ids == len(ids)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(gaps)), "in order, none touch"


@given(ranges=st.lists(RANGES, max_size=10))
def test_they_are_the_same_from_their_ranges(ranges: list[tuple[int, int]]) -> None:
    gaps = Gaps(ranges)
    assert list(Gaps(list(gaps))) == list(gaps)


def test_the_closest_two_are_those_with_the_fewest_ids_between_them() -> None:
    gaps = Gaps([(1, 2), (10, 11), (14, 20), (40, 41)])
    assert gaps.closest() == (12, 13)
    gaps.add(*gaps.closest())
    assert list(gaps) == [(1, 2), (10, 20), (40, 41)]
