"""A process of a benchmark that is talked to in lines: what it is told on its standard input, it answers."""

import subprocess
import sys
import threading
from queue import Empty, Queue

from tests.support.back_office import ROOT


class Child:
    """`python -m module`. It must end when its standard input does: so it never outlives the benchmark."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process = subprocess.Popen(  # noqa: S603 - a module of ours
            [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, name=module, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Says a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self, limit_s: float) -> str:
        """Its next line; fails when none came in time."""
        try:
            return self._lines.get(timeout=limit_s)
        except Empty:
            ended = self._process.poll()
            raise AssertionError(
                f"{self._module} said nothing within {limit_s} s (exit code {ended})"
            ) from None

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
