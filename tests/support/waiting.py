"""Waiting for something to become true, with a limit, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# How long says nothing of what is waited for: the machine may be busy. A test that promises a time says so.
LIMIT_S = 30.0


def eventually(
    question: Callable[[], T],
    *,
    limit_s: float = LIMIT_S,
    every_s: float = 0.02,
    what: str | Callable[[], str] = "",
) -> T:
    """The first true answer to the question; fails the test after `limit_s` seconds without one.

    what: is waited for, or tells at the end how things stand.
    """
    deadline = time.monotonic() + limit_s
    while not (answer := question()):
        if time.monotonic() > deadline:
            missed = what() if callable(what) else what or question
            raise AssertionError(f"not within {limit_s} s: {missed}")
        time.sleep(every_s)
    return answer


async def eventually_async(
    question: Callable[[], object], *, limit_s: float = LIMIT_S, every_s: float = 0.05, what: str = ""
) -> None:
    """`eventually`, while an event loop goes on."""
    deadline = time.monotonic() + limit_s
    while not question():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s} s: {what or question}")
        await asyncio.sleep(every_s)


class Deadlines:
    """Moments of a test's own schedule, counted from its beginning."""

    def __init__(self) -> None:
        self._began_at = time.monotonic()

    def reach(self, after_s: float) -> None:
        """Waits until so many seconds have passed since the beginning."""
        time.sleep(max(0.0, self._began_at + after_s - time.monotonic()))
