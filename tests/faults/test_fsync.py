"""What the power cuts take for granted: with `appendfsync always` no answer leaves before its fsync.

Seen from outside, by the server's system calls; and the same look finds a server out that doesn't wait.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.alone import LoneOrderState

STRACE = shutil.which("strace")
CALLS = "trace=write,writev,sendto,sendmsg,fsync,fdatasync"
COMMANDS = 100
_APPENDED = re.compile(r"write\(\d+<[^>]*\.incr\.aof>")
_SYNCED = re.compile(r"f(?:data)?sync\(\d+<[^>]*\.incr\.aof>")
_ANSWERED = re.compile(r"(?:write|writev|sendto|sendmsg)\(\d+<(?:socket|TCP)")

pytestmark = pytest.mark.skipif(STRACE is None, reason="strace is not installed on this machine")


def traced(alone: LoneOrderState, file: Path) -> list[str]:
    """The server's calls while customers trade."""
    assert STRACE is not None
    argv = [STRACE, "-f", "-y", "-e", CALLS, "-o", str(file), "-p", str(alone.member.pid)]
    tracer = subprocess.Popen(argv, stderr=subprocess.PIPE)
    try:
        assert tracer.stderr is not None
        # "Process ... attached", or why not.
        said = tracer.stderr.readline().decode()
        if "attached" not in said:
            pytest.skip(f"strace may not look at other processes here: {said.strip()}")
        alone.trade(COMMANDS)
        alone.crowd.call_off(limit_s=10)
    finally:
        tracer.terminate()
        tracer.wait()
        assert tracer.stderr is not None
        tracer.stderr.close()
    return file.read_text().splitlines()


def answered_unsynced(calls: list[str]) -> int:
    """How many answers left while something that was appended waited for its fsync."""
    waiting, early = False, 0
    for call in calls:
        if _APPENDED.search(call):
            waiting = True
        elif _SYNCED.search(call):
            waiting = False
        elif waiting and _ANSWERED.search(call):
            early += 1
    return early


def test_no_answer_leaves_before_what_it_tells_is_on_disk(alone: LoneOrderState, tmp_path: Path) -> None:
    alone.set_up(fsync="always")

    calls = traced(alone, tmp_path / "calls")

    assert sum(bool(_SYNCED.search(call)) for call in calls) >= COMMANDS / 4
    assert sum(bool(_ANSWERED.search(call)) for call in calls) >= COMMANDS
    assert answered_unsynced(calls) == 0


def test_a_server_that_does_not_wait_for_the_disk_is_seen(alone: LoneOrderState, tmp_path: Path) -> None:
    alone.set_up(fsync="everysec")

    assert answered_unsynced(traced(alone, tmp_path / "calls")) > 0
