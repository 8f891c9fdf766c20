"""Where candles of an interval begin."""

from datetime import UTC, datetime, timedelta

import pytest

from market.candles import INTERVALS, aligned_up
from tests.support.market import NOON


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("1m", datetime(2026, 3, 4, 12, 1, tzinfo=UTC)),
        ("15m", datetime(2026, 3, 4, 12, 15, tzinfo=UTC)),
        ("4h", datetime(2026, 3, 4, 16, 0, tzinfo=UTC)),
        ("1d", datetime(2026, 3, 5, tzinfo=UTC)),
        ("1w", datetime(2026, 3, 9, tzinfo=UTC)),
    ],
)
def test_alignment_is_utc_and_weeks_begin_on_monday(interval: str, expected: datetime) -> None:
    assert aligned_up(NOON + timedelta(seconds=1), INTERVALS[interval]) == expected
    assert aligned_up(expected, INTERVALS[interval]) == expected
