"""What came to many sockets, and when: nothing else is done meanwhile, but that pings are answered."""

import select
import socket
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench.stream_connect import pongs

ENDED, RESET = b"", b"reset"
_READ_BYTES = 32_768
# Of Linux's socket.h; Python has no name for it. The kernel notes when the newest of the bytes came in.
_SO_TIMESTAMPNS = 35
_STAMP_BYTES = 64
_STDIN = 0


@dataclass(slots=True)
class Record:
    """What each recv gave, in turn, and to which socket (its descriptor); nanoseconds since the epoch.

    data: the bytes; ENDED or RESET when the connection ended. lag_ns: of some sockets, for how long their
    bytes had waited for the recv (lag_at_ns: when that was).
    """

    at_ns: "array[int]" = field(default_factory=lambda: array("q"))
    socket: "array[int]" = field(default_factory=lambda: array("i"))
    data: list[bytes] = field(default_factory=list)
    lag_ns: "array[int]" = field(default_factory=lambda: array("q"))
    lag_at_ns: "array[int]" = field(default_factory=lambda: array("q"))


class Recorder:
    """Reads sockets as soon as there is something to read."""

    def __init__(self, sockets: Sequence[socket.socket], *, stamp_every: int) -> None:
        """stamp_every: of so many sockets one, the first included, tells how long its bytes waited."""
        self.record = Record()
        self._sockets = {sock.fileno(): sock for sock in sockets}
        self._poll = select.epoll()
        self._poll.register(_STDIN, select.EPOLLIN)
        self._recv: dict[int, Callable[[int], bytes]] = {}
        for turn, sock in enumerate(sockets):
            self._poll.register(sock, select.EPOLLIN)
            self._recv[sock.fileno()] = sock.recv if turn % stamp_every else self._stamped(sock)
        # Most clients get the same bytes: they are kept once.
        self._same: dict[bytes, bytes] = {}

    def until_told(self) -> str:
        """Reads until there is a line on standard input: that line; empty when it has ended."""
        record, recv, same = self.record, self._recv, self._same
        note_at, note_socket, note_data = record.at_ns.append, record.socket.append, record.data.append
        poll, now_ns = self._poll.poll, time.time_ns
        while True:
            for number, _ in poll():
                if number == _STDIN:
                    return sys.stdin.readline()
                try:
                    data = recv[number](_READ_BYTES)
                except BlockingIOError:
                    continue
                except OSError:
                    data = RESET
                note_at(now_ns())
                note_socket(number)
                note_data(same.setdefault(data, data))
                if b"\x89" in data:
                    self._answer(number, data)
                elif data is RESET or not data:
                    self._poll.unregister(number)

    def _stamped(self, sock: socket.socket) -> Callable[[int], bytes]:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        note_at, note_lag = self.record.lag_at_ns.append, self.record.lag_ns.append

        def recv(size: int) -> bytes:
            data, told, _, _ = sock.recvmsg(size, _STAMP_BYTES)
            now_ns = time.time_ns()
            for _, kind, stamp in told:
                if kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = memoryview(stamp).cast("q")
                    note_at(now_ns)
                    note_lag(now_ns - seconds * 1_000_000_000 - nanoseconds)
            return data

        return recv

    def _answer(self, number: int, data: bytes) -> None:
        with suppress(OSError):
            self._sockets[number].send(pongs(data))
