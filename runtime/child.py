"""Child processes that never outlive their parent: starting one, and ending all that is left of it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_SHIM = Path(__file__).with_name("pdeath.py")
_PR_SET_CHILD_SUBREAPER = 36
_ORPHANS_LIMIT_S = 5.0
BARE_PYTHON = (sys.executable, "-I", "-S")


@dataclass(frozen=True, slots=True)
class RunAs:
    """Another user to run as; with `setpriv` that user keeps the right to pass closed folders."""

    uid: int
    gid: int
    setpriv: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how it likes to be stopped."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    run_as: RunAs | None = None
    umask: int = -1
    stop_signal: signal.Signals = signal.SIGTERM
    stop_limit_s: float = 5.0
    # Programs of the lowest stage are stopped first, all at once; the next stage when they are gone.
    stop_stage: int = 0
    restart: bool = True
    # Repairs that a start after a crash needs.
    before_start: Callable[[], None] | None = field(default=None, compare=False)


def shim(argv: Sequence[str], *, run_as: RunAs | None, death_signal: signal.Signals) -> list[str]:
    """The command that becomes `argv`, under another user if wanted, and dies with this process."""
    user: list[str] = []
    command = list(argv)
    if run_as is not None and run_as.setpriv is None:
        user = [f"{run_as.uid}:{run_as.gid}"]
    elif run_as is not None and run_as.setpriv is not None:
        command = [
            run_as.setpriv,
            *("--reuid", str(run_as.uid), "--regid", str(run_as.gid), "--clear-groups"),
            *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
            # Without it access(2), which PostgreSQL asks about its own files, doesn't count the capability.
            *("--securebits", "+no_setuid_fixup"),
            *("--pdeathsig", death_signal.name.removeprefix("SIG")),
            *command,
        ]
    return [*BARE_PYTHON, str(_SHIM), str(int(death_signal)), str(os.getpid()), *user, "--", *command]


def spawn(program: Program, *, output: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Starts the program in a session of its own, stdout and stderr together in `output`.

    To be called from the main thread: the kernel takes the death of the starting thread for the parent's.
    """
    return subprocess.Popen(
        shim(program.argv, run_as=program.run_as, death_signal=program.stop_signal),
        env=dict(program.env),
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        umask=program.umask,
        bufsize=0,
    )


def signal_group(group: int, number: int) -> bool:
    """Signals every process of the group; False when there is none."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def signal_process(process: int, number: int) -> bool:
    """Signals one process; False when it is gone."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return False
    return True


def adopt_orphans() -> bool:
    """Makes this process the parent of what its dead children leave behind; False but on Linux."""
    if sys.platform != "linux":
        return False
    return int(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0


def orphans(known: Sequence[int]) -> list[int]:
    """Children of this process that it did not start itself: adopted ones, alive or ended."""
    own, found = str(os.getpid()), []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # A process may end between the listing and the reading.
        with contextlib.suppress(OSError):
            # The command's name may hold spaces and brackets; the fields after its last ')' don't.
            parent = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1]
            process = int(stat.parent.name)
            if parent == own and process not in known:
                found.append(process)
    return found


def end_orphans(known: Sequence[int], limit_s: float = _ORPHANS_LIMIT_S) -> None:
    """Kills and reaps every adopted process, and what those leave behind in turn.

    PostgreSQL's backends have sessions of their own, so no process group reaches them.
    """
    deadline = time.monotonic() + limit_s
    while (left := orphans(known)) and time.monotonic() < deadline:
        for process in left:
            signal_process(process, signal.SIGKILL)
        for process in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(0.005)
