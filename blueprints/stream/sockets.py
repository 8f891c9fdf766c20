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
    """The socket in simple-websocket's hands: reads are metered; but for the handshake, writes go to the one
    writer, and it is never closed from here, since a close frame may have to go out."""

    def __init__(self, sock: Any, settings: Settings) -> None:
        self.raw = sock
        self.client: Client | None = None
        self._bytes_max = settings.stream_bytes_per_s_max
        self._second = 0
        self._bytes = 0

    def recv(self, size: int) -> bytes:
        """Bytes from the client; none, which ends the connection, from one that floods."""
        data: bytes = self.raw.recv(size)
        # As long as bytes wait gevent's recv does not let others run: one flood would stop the whole process.
        gevent.sleep(0)
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._bytes = second, 0
        self._bytes += len(data)
        if self._bytes > self._bytes_max:
            if self.client is not None:
                self.client.close(POLICY_VIOLATION, "sends too much")
            return b""
        return data

    def send(self, data: bytes) -> int:
        """Writes what simple-websocket would have written: the handshake, answers to pings, close frames."""
        if self.client is None:
            self.raw.sendall(data)
        else:
            self.client.offer_reply(data)
        return len(data)

    def fileno(self) -> int:
        """The socket's descriptor."""
        number: int = self.raw.fileno()
        return number

    def close(self) -> None:
        """The end of reading. The writer may have a close frame to write; gunicorn closes the socket."""
        if self.client is not None:
            self.client.read_out()
