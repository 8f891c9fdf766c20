"""Keeps processes running: restarts them for ever, and stops them in order.

One thread, one loop over the children's output, their ends, and the clock. Nothing that a child does can
block it; nothing that happens to it leaves a child behind (see `child.py` and `keeper.py`).
"""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

from runtime.backoff import Backoff
from runtime.child import (
    BARE_PYTHON,
    Program,
    adopt_orphans,
    end_orphans,
    signal_group,
    signal_process,
    spawn,
)
from runtime.console import DESK, Console, LineBuffer

_KEEPER = Path(__file__).with_name("keeper.py")
_STEP_S = 0.5
_POLL_S = 0.025
_DRAIN_S = 0.5
_READ_BYTES = 65_536


class Stopping(Exception):
    """A stop was asked for while something else was waited for."""


class _Child:
    """A program and, while it runs, its process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.backoff = Backoff()
        self.started_at = 0.0
        self.start_at: float | None = None
        self.returncode: int | None = None


class Supervisor:
    """Runs programs until it is told to stop; used as a context, on the main thread.

    `inherit` are file descriptors (the data directory's lock) that the keeper holds until all is ended.
    """

    def __init__(self, console: Console, *, inherit: Sequence[int] = ()) -> None:
        self._console = console
        self._inherit = tuple(inherit)
        self._children: dict[str, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._stops_asked = 0
        self._stopping = False

    def __enter__(self) -> Self:
        adopt_orphans()
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a hang-up stays ignored.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask)
        self._start_keeper()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_all()
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait()
        # Signals that come now find nothing left to stop.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def start(self, program: Program) -> None:
        """Starts the program and, unless told otherwise, starts it again whenever it ends."""
        child = self._children[program.name] = _Child(program)
        self._spawn(child)

    def run_until(self, ready: Callable[[], bool], *, limit_s: float) -> bool:
        """Runs until `ready` (asked often, so it must answer fast) is true; False after `limit_s` seconds.

        Raises Stopping when a stop is asked for first.
        """
        deadline = time.monotonic() + limit_s
        while not ready():
            if time.monotonic() > deadline:
                return False
            self._step(_POLL_S)
            if self._stops_asked:
                raise Stopping
        return True

    def run(self) -> None:
        """Runs until a stop is asked for."""
        while not self._stops_asked:
            self._step(_STEP_S)

    def returncode(self, name: str) -> int | None:
        """How a program that runs once ended; None while it runs."""
        return self._children[name].returncode

    def _ask(self, _signum: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1

    def _say(self, text: str) -> None:
        self._console.line(DESK, text)

    def _spawn(self, child: _Child) -> None:
        if child.program.before_start is not None:
            child.program.before_start()
        process = child.process = spawn(child.program)
        self._tell_keeper("+", process.pid)
        child.started_at, child.start_at = time.monotonic(), None
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(
            process.stdout, selectors.EVENT_READ, (child.program.name, process.stdout, LineBuffer())
        )

    def _restart(self, child: _Child) -> None:
        try:
            self._spawn(child)
        except OSError as error:
            # No process or descriptor to be had just now.
            delay_s = child.backoff.delay_s(0)
            child.start_at = time.monotonic() + delay_s
            self._say(f"{child.program.name} can't be started ({error}); tried again in {delay_s:.1f} s")

    def _step(self, limit_s: float) -> None:
        """Waits for something to happen, `limit_s` seconds at most, and deals with it."""
        now = time.monotonic()
        due = [child.start_at - now for child in self._children.values() if child.start_at is not None]
        for key, _ in self._selector.select(max(0.0, min([limit_s, *due]))):
            if key.data is None:
                self._wake_read.recv(4096)
            else:
                self._read(*key.data)
        self._reap()
        if not self._stopping:
            for child in self._children.values():
                if child.start_at is not None and child.start_at <= time.monotonic():
                    self._restart(child)

    def _read(self, name: str, pipe: IO[bytes], lines: LineBuffer) -> None:
        data = pipe.read(_READ_BYTES)
        if data is None:
            return
        for line in lines.feed(data) if data else lines.end():
            self._console.line(name, line)
        if not data:
            self._selector.unregister(pipe)
            pipe.close()

    def _reap(self) -> None:
        by_process = {child.process.pid: child for child in self._children.values() if child.process}
        while True:
            try:
                # Left unreaped for now: as long as it is there, nobody else can get its group's number.
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            if ended.si_pid in by_process:
                self._ended(by_process[ended.si_pid])
            elif ended.si_pid == self._keeper.pid:
                self._keeper.wait()
                self._start_keeper()
            else:
                os.waitpid(ended.si_pid, 0)

    def _ended(self, child: _Child) -> None:
        process = child.process
        assert process is not None
        # Workers that outlive their master would hold its port.
        signal_group(process.pid, signal.SIGKILL)
        self._tell_keeper("-", process.pid)
        child.returncode = process.wait()
        child.process = None
        end_orphans(self._own_processes())
        if self._stopping or not child.program.restart:
            return
        ran_s = time.monotonic() - child.started_at
        delay_s = child.backoff.delay_s(ran_s)
        child.start_at = time.monotonic() + delay_s
        self._say(
            f"{child.program.name} {how_ended(child.returncode)} after {ran_s:.1f} s;"
            f" it starts again in {delay_s:.1f} s"
        )

    def _stop_all(self) -> None:
        """Stops stage by stage; what exceeds its limit, and everything at a second request, is killed."""
        self._stopping = True
        asked = self._stops_asked
        for stage in sorted({child.program.stop_stage for child in self._children.values()}):
            stopping = [child for child in self._children.values() if child.program.stop_stage == stage]
            for child in stopping:
                if child.process is not None:
                    signal_process(child.process.pid, child.program.stop_signal)
            started_at, killed = time.monotonic(), set[str]()
            while left := [child for child in stopping if child.process is not None]:
                for child in left:
                    late = time.monotonic() - started_at > child.program.stop_limit_s
                    hastened = self._stops_asked > asked
                    if (late or hastened) and child.process and child.program.name not in killed:
                        killed.add(child.program.name)
                        if late and not hastened:
                            self._say(f"{child.program.name} did not stop in time and is killed")
                        signal_group(child.process.pid, signal.SIGKILL)
                self._step(_POLL_S)
        end_orphans(self._own_processes())
        # What they said last: every pipe ends now, as nobody is left to hold it.
        deadline = time.monotonic() + _DRAIN_S
        while len(self._selector.get_map()) > 1 and time.monotonic() < deadline:
            self._step(_POLL_S)

    def _own_processes(self) -> list[int]:
        return [
            self._keeper.pid,
            *(child.process.pid for child in self._children.values() if child.process is not None),
        ]

    def _start_keeper(self) -> None:
        self._keeper = subprocess.Popen(
            [*BARE_PYTHON, str(_KEEPER)],
            stdin=subprocess.PIPE,
            pass_fds=self._inherit,
            start_new_session=True,
            bufsize=0,
        )
        for child in self._children.values():
            if child.process is not None:
                self._tell_keeper("+", child.process.pid)

    def _tell_keeper(self, sign: str, group: int) -> None:
        assert self._keeper.stdin is not None
        try:
            self._keeper.stdin.write(f"{sign}{group}\n".encode())
        except BrokenPipeError:
            # It died; the next step reaps it, starts another and tells it everything.
            self._say("the keeper ended and is started again")


def how_ended(returncode: int) -> str:
    """A process's end in words."""
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with code {returncode}"
