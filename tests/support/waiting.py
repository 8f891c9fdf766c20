"""Waiting for something to become true, with a limit, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    question: Callable[[], T], *, limit_s: float = 10.0, every_s: float = 0.02, what: str = ""
) -> T:
    """The first true answer to the question; fails the test after `limit_s` seconds without one."""
    deadline = time.monotonic() + limit_s
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s} s: {what or question}")
        time.sleep(every_s)
    return answer
