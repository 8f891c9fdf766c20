"""Which minutes are asked for, and together with which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.history.minutes import DAY_MINUTES, MINUTE_MS, Page, Span, last_days, pages

MINUTE = 29_544_000


def minutes_of(spans: list[Span]) -> list[int]:
    return [minute for span in spans for minute in range(span.begin, span.end)]


def spans_of(minutes: list[int]) -> list[Span]:
    """The minutes, which rise, as spans."""
    spans: list[Span] = []
    for minute in minutes:
        if spans and spans[-1].end == minute:
            spans[-1] = Span(spans[-1].begin, minute + 1)
        else:
            spans.append(Span(minute, minute + 1))
    return spans


@pytest.mark.parametrize(
    ("seconds", "last"), [(0, MINUTE - 2), (59.999, MINUTE - 2), (60, MINUTE - 1), (61, MINUTE - 1)]
)
def test_the_last_days_end_with_a_minute_that_has_been_over_for_one(seconds: float, last: int) -> None:
    span = last_days(7, now_ms=MINUTE * MINUTE_MS + int(seconds * 1000))
    assert span.end - 1 == last
    assert span.begin == MINUTE + int(seconds // 60) - 7 * DAY_MINUTES


def test_nothing_missing_is_nothing_asked_for() -> None:
    assert pages([], minutes_max=10) == []


def test_a_long_span_is_asked_for_in_full_pages_the_newest_first() -> None:
    assert pages([Span(0, 25)], minutes_max=10) == [
        Page(Span(15, 25), 10),
        Page(Span(5, 15), 10),
        Page(Span(0, 5), 5),
    ]


def test_holes_that_fit_into_one_page_are_asked_for_together() -> None:
    # Given holes of a minute at 0, 3 and 9, and one at 30
    holes = [Span(0, 1), Span(3, 4), Span(9, 10), Span(30, 31)]
    # Then a page begins and ends with what is missing, and counts no more than that
    assert pages(holes, minutes_max=10) == [Page(Span(30, 31), 1), Page(Span(0, 10), 3)]


@given(st.sets(st.integers(0, 200), min_size=1), st.integers(1, 50))
def test_pages_hold_every_missing_minute_once_and_are_never_too_long(
    missing: set[int], minutes_max: int
) -> None:
    asked = pages(spans_of(sorted(missing)), minutes_max=minutes_max)
    covered = minutes_of([page.span for page in asked])
    assert missing <= set(covered)
    assert len(covered) == len(set(covered))
    assert all(0 < page.span.minutes <= minutes_max for page in asked)
    assert all({page.span.begin, page.span.end - 1} <= missing for page in asked)
    assert sum(page.missing for page in asked) == len(missing)
    assert [page.span for page in asked] == sorted((page.span for page in asked), reverse=True)
