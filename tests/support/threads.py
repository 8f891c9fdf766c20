"""Things that happen at the same time."""

import threading
from collections.abc import Callable, Sequence

START_LIMIT_S = 10
WORK_LIMIT_S = 60


def together(works: Sequence[Callable[[], None]]) -> None:
    """Does all at once, each in a thread of its own; fails when one of them does, or takes too long."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait(START_LIMIT_S)
            work()
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WORK_LIMIT_S)
    assert not failures, failures
    assert not any(thread.is_alive() for thread in threads), "not done in time"
