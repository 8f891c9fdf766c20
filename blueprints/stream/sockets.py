"""A client's socket: as the kernel should treat it, and as simple-websocket sees it."""

import socket
import time
from typing import Any

import gevent

from blueprints.stream.client import Client
from blueprints.stream.frames import POLICY_VIOLATION
from runtime.settings import Settings


def prepare(sock: Any, settings: Settings) -> None:
    """Small writes go out at once; and what a slow client hasn't taken waits with us, where the newest price
    replaces it, and not in the kernel, which would take seconds of old ones."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, settings.stream_unsent_bytes_max)


class QueuedSocket:
    """The client's socket as simple-websocket sees it: reads are metered, writes go to the one writer."""

    def __init__(self, sock: Any, client: Client, settings: Settings) -> None:
        self._sock = sock
        self._client = client
        self._bytes_max = settings.stream_bytes_per_s_max
        self._second = 0
        self._bytes = 0

    def recv(self, size: int) -> bytes:
        """Bytes from the client; none, which ends the connection, from one that floods."""
        data: bytes = self._sock.recv(size)
        # As long as bytes wait gevent's recv does not let others run: one flood would stop the whole process.
        gevent.sleep(0)
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._bytes = second, 0
        self._bytes += len(data)
        if self._bytes > self._bytes_max:
            self._client.close(POLICY_VIOLATION, "sends too much")
            return b""
        return data

    def send(self, data: bytes) -> int:
        """Writes what simple-websocket would have written: answers to pings, and close frames."""
        self._client.offer_reply(data)
        return len(data)

    def fileno(self) -> int:
        """The socket's descriptor."""
        number: int = self._sock.fileno()
        return number

    def close(self) -> None:
        """The end of reading. The writer may have a close frame to write; gunicorn closes the socket."""
        self._client.read_out()
