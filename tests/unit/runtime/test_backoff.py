"""Delays between restarts: short at first, bounded, forgiven after running well."""

import pytest

from runtime.backoff import Backoff


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(first_s=0.2, max_s=1.0)
    assert [backoff.delay_s(0) for _ in range(5)] == pytest.approx([0.2, 0.4, 0.8, 1.0, 1.0])


def test_a_process_that_ran_well_starts_from_the_first_delay_again() -> None:
    backoff = Backoff(first_s=0.2, max_s=10, well_after_s=5)
    for _ in range(4):
        backoff.delay_s(0.1)
    assert backoff.delay_s(5.0) == pytest.approx(0.2)
    assert backoff.delay_s(4.9) == pytest.approx(0.4)


def test_a_first_delay_above_the_longest_is_refused() -> None:
    with pytest.raises(ValueError, match="first delay"):
        Backoff(first_s=2, max_s=1)
