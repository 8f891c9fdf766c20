"""How often a message is tried, and when two failures are the same."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy.exc

from operators.parking import SUBJECT_CHARS_MAX, Failure
from workers.actors import ACTORS
from workers.tries import TryTerms


def failure(**changed: Any) -> Failure:
    """A failure of a batch of one trade."""
    values: dict[str, Any] = {
        "actor": "persist_trades",
        "queue": "trades",
        "args": ["b1", [["BTC", 1]]],
        "kwargs": {},
        "error": ValueError("no trade"),
        "tries": 6,
        "first_seen_at": datetime(2026, 3, 4, tzinfo=UTC),
    }
    return Failure(**values | changed)


def test_pauses_double_up_to_the_longest_and_have_jitter() -> None:
    terms = TryTerms(tries_max=10, pause_ms_min=200, pause_ms_max=5_000)
    for failed, least, most in ((1, 200, 400), (2, 400, 800), (3, 800, 1600), (4, 1600, 3200)):
        pauses = [terms.pause_ms(failed) for _ in range(200)]
        assert least <= min(pauses) < max(pauses) <= most
    late = [terms.pause_ms(failed) for failed in (6, 50, 1_000_000)]
    assert all(2_500 <= pause <= 5_000 for pause in late)


def test_every_actor_has_bounded_tries() -> None:
    assert all(1 <= terms.tries.tries_max <= 10 for terms in ACTORS)


@pytest.mark.parametrize(
    "changed",
    [
        {"error": ValueError("another text")},
        {"tries": 1},
        {"first_seen_at": datetime(2026, 3, 5, tzinfo=UTC)},
        {"queue": "moved"},
        {"error": sqlalchemy.exc.DataError("INSERT", {}, ValueError("the driver's"))},
    ],
)
def test_what_a_repetition_may_differ_in(changed: dict[str, Any]) -> None:
    assert failure(**changed).fingerprint == failure().fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": "prune"},
        {"args": ["b2", [["BTC", 1]]]},
        {"args": ["b1", [["BTC", 2]]]},
        {"args": []},
        {"kwargs": {"more": 1}},
        {"error": TypeError("no trade")},
    ],
)
def test_what_makes_it_another_failure(changed: dict[str, Any]) -> None:
    assert failure(**changed).fingerprint != failure().fingerprint


def test_the_subject_is_the_first_argument_cut_short() -> None:
    assert failure().subject == "b1"
    assert failure(args=[]).subject == ""
    assert failure(args=["x" * 1000]).subject == "x" * SUBJECT_CHARS_MAX
    assert failure(args=["a\x00b\ud800"]).subject == "a\\x00b\\ud800"
