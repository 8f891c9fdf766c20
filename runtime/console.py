"""One log of many processes: each line goes out whole, prefixed by who wrote it."""

import queue
import threading
from collections.abc import Iterable
from typing import TextIO

_LINES_WAITING_MAX = 20_000
_LINE_BYTES_MAX = 65_536
# Who says what no process said.
DESK = "desk"
_PALETTE = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)


class Console:
    """Writes lines from a thread of its own, so that a terminal that stands still blocks nobody.

    Lines that wait in vain are dropped and counted. `close` writes what is left, within its limit.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._names: list[str] = []
        self._width = 0
        self._coloured = stream.isatty()
        self._lines: queue.Queue[str | None] = queue.Queue(_LINES_WAITING_MAX)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write, name="console", daemon=True)
        self._writer.start()

    def align(self, names: Iterable[str]) -> None:
        """Makes room for these names, so that all prefixes are equally wide."""
        self._names += [name for name in names if name not in self._names]
        self._width = max(map(len, self._names), default=0)

    def line(self, name: str, text: str) -> None:
        """Queues one line of the process `name`; never blocks."""
        self._put(f"{self._prefix(name)} {text}\n")

    def block(self, text: str) -> None:
        """Queues text as it is, without a prefix; never blocks."""
        self._put(text)

    def close(self, limit_s: float = 1.0) -> None:
        """Writes what is queued, waiting `limit_s` seconds at most."""
        try:
            self._lines.put(None, timeout=limit_s)
        except queue.Full:
            # Nobody reads our output: the daemon thread ends with the process.
            return
        self._writer.join(limit_s)

    def _put(self, text: str) -> None:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def _prefix(self, name: str) -> str:
        if name not in self._names:
            self._names.append(name)
        label = f"{name:<{self._width}} |"
        if not self._coloured:
            return label
        return f"\x1b[{_PALETTE[self._names.index(name) % len(_PALETTE)]}m{label}\x1b[0m"

    def _write(self) -> None:
        readable = True
        while (text := self._lines.get()) is not None:
            if not readable:
                continue
            dropped, self._dropped = self._dropped, 0
            if dropped:
                text = f"{self._prefix(DESK)} {dropped} lines dropped: the output was not read\n{text}"
            try:
                self._stream.write(text)
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                # The reader is gone (`make run | head`): the desk goes on without a log.
                readable = False


class LineBuffer:
    """Cuts a stream of bytes into lines; a line that is too long is cut as well."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes, without their ends."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LINE_BYTES_MAX:
            lines.append(self._rest)
            self._rest = b""
        return [_text(line) for line in lines]

    def end(self) -> list[str]:
        """What is left when the stream has ended."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
