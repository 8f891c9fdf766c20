"""The desk's servers and processes as the harness handles them: started, frozen, killed, kept running."""

import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from runtime.child import Program, signal_process
from runtime.embedded.server import HOST, Server
from runtime.healthcheck import answers_health
from tests.support.services import RunningServer

# Between two starts of a member that ends by itself.
RESTART_PAUSE_S = 0.25


@dataclass
class DeskProgram:
    """A line of the Procfile in the shape of a server. health_port: where it answers, if at all."""

    name: str
    run: Program
    health_port: int = 0
    port: int = 0
    url: str = ""

    def prepare(self) -> None:
        """Nothing: it keeps no data."""

    def program(self, *, stop_stage: int = 0) -> Program:
        """What the Procfile says."""
        return replace(self.run, stop_stage=stop_stage)

    def is_ready(self) -> bool:
        """Whether it answers, where it answers at all."""
        return not self.health_port or answers_health(HOST, self.health_port)


class Member(RunningServer):
    """One of them. It is brought back when it ends, as a supervisor would, unless it is wanted down."""

    def __init__(self, server: Server, log: Path) -> None:
        super().__init__(server, log)
        self.name = server.name
        # How often it ended without having been told to.
        self.ended = 0
        self._wanted = False
        self._started_at = 0.0

    @property
    def running(self) -> bool:
        """Whether its process has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> "Member":
        """Starts it, and wants it running from now on."""
        self._wanted = True
        self._started_at = time.monotonic()
        super().start()
        return self

    def take_down(self) -> None:
        """kill -9, to stay down until the next start."""
        self._wanted = False
        if self._process is not None:
            self.kill()

    def stop(self) -> None:
        """A clean stop, to stay down until the next start."""
        self._wanted = False
        super().stop()

    def tend(self) -> None:
        """Starts it again when it ended by itself."""
        if not self._wanted or self.running or time.monotonic() - self._started_at < RESTART_PAUSE_S:
            return
        self.ended += 1
        if self._process is not None:
            self._reap()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP of it and all that it started."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT of the same."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        for process in (self.pid, *descendants(self.pid)):
            signal_process(process, number)


def descendants(process: int) -> list[int]:
    """Children, and theirs. PostgreSQL's have sessions of their own, so no group reaches them."""
    found: list[int] = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        # It may end while it is looked at.
        with suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                found += [child, *descendants(child)]
    return found
