"""Pauses between attempts, and messages held back."""

import pytest

from runtime.pacing import JitteredBackoff, Seldom


def test_pauses_double_up_to_the_longest_each_with_jitter() -> None:
    backoff = JitteredBackoff(0.25, 4.0)
    for longest in (0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0):
        assert longest / 2 <= backoff.next_s() <= longest


def test_pauses_of_many_clients_differ() -> None:
    assert len({JitteredBackoff(1.0, 8.0).next_s() for _ in range(20)}) > 1


def test_after_success_pauses_are_short_again() -> None:
    backoff = JitteredBackoff(0.25, 30.0)
    for _ in range(8):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.25


def test_a_longest_pause_below_the_first_is_kept_to() -> None:
    assert JitteredBackoff(5.0, 0.1).next_s() <= 0.1


def test_the_first_message_is_said_and_the_next_ones_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 100.0
    monkeypatch.setattr("runtime.pacing.time.monotonic", lambda: clock)
    seldom = Seldom(5.0)
    assert [seldom.due() for _ in range(4)] == [1, 0, 0, 0]
    clock = 105.0
    assert seldom.due() == 4
