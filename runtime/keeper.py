"""Outlives the supervisor by seconds and ends what a killed one left behind.

PR_SET_PDEATHSIG reaches the supervisor's children but not theirs (gunicorn's workers, Dramatiq's forks). This
process reads process groups from the supervisor (`+ID`, `-ID` lines on stdin); the end of the input means
that the supervisor is gone, however it went, and every group still listed is ended. It inherits the lock of
the data directory, so a new start waits until this is done. Run as a script by a bare interpreter.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_S = 2.0
_POLL_S = 0.02


def main() -> None:
    """Follows the list until the supervisor is gone, then ends the groups on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups, GRACE_S)


def end_groups(groups: Iterable[int], grace_s: float) -> None:
    """SIGTERM to every group, then SIGKILL to those alive after `grace_s` seconds."""
    left = {group for group in groups if _signal(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_s
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
