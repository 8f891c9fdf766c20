"""Whose processor time it was."""

import os

import pytest

from bench.usage import Usage, cores_between, memory_bytes, tcp_bytes, usage_now

US = os.getpid()


def test_each_process_counts_to_the_next_of_its_ancestors_that_has_a_name() -> None:
    before = Usage(10.0, 100.0, {US: (1, 5.0), 20: (US, 1.0), 30: (1, 0.0)})
    after = Usage(
        12.0,
        104.0,
        {US: (1, 5.1), 20: (US, 1.5), 21: (20, 0.5), 22: (US, 0.2), 30: (1, 1.0), 1: (0, 7.0)},
    )

    cores = cores_between(before, after, {"relay": [20]})

    # Of the 4 s, the rest was by others, whichever of them are still there.
    assert cores == pytest.approx({"relay": 0.5, "rest": 0.15, "others": 1.35})


def test_this_process_has_used_something() -> None:
    before = usage_now()
    total = sum(number * number for number in range(1_000_000))
    after = usage_now()

    assert total > 0
    assert after.processes[US][1] >= before.processes[US][1] > 0
    assert memory_bytes(US) > 1_000_000
    assert tcp_bytes() >= 0
