"""One connected client: its queues, and the one greenlet that writes to its socket.

simple-websocket answers pings and closes by writing to the socket itself, and its writes are partial under
gevent: two writers would cut each other's frames. So it is handed a socket whose `send` queues instead.
"""

import socket
import time
from collections import deque
from typing import Any

import gevent
from gevent.event import Event

from blueprints.stream.frames import POLICY_VIOLATION, TRY_AGAIN_LATER, close_frame
from runtime.logs import get_logger
from runtime.settings import Settings

# Answers waiting for a client that asks faster than it reads.
REPLIES_MAX = 100
# What a closing client is given to take its last frames.
LAST_WRITE_S = 1.0

log = get_logger(__name__)


class Client:
    """A client's outgoing side. Prices conflate to the newest of each asset, order messages never do.

    Once it is closing nothing more is taken: no frame may follow a close frame.
    """

    def __init__(self, sock: Any, settings: Settings) -> None:
        self._sock = sock
        self._settings = settings
        self._replies: deque[bytes] = deque()
        self._orders: deque[bytes] = deque()
        self._prices: dict[str, bytes] = {}
        self._wake = Event()
        # Nothing more is read of what the client sends.
        self._read_out = Event()
        self._closing = False
        self.user_id: str | None = None
        self.token = ""
        self.expires_at: float = 0
        # When the session behind the token was last found to go on.
        self.checked_at: float = 0
        self._writer = gevent.spawn(self._write)

    def offer_reply(self, frame: bytes) -> None:
        """Queues an answer; a client that doesn't read its answers is closed."""
        if self._closing:
            return
        if len(self._replies) >= REPLIES_MAX:
            self.close(TRY_AGAIN_LATER, "answers are not being read")
            return
        self._replies.append(frame)
        self._wake.set()

    def offer_price(self, symbol: str, frame: bytes) -> None:
        """Queues a price in place of the asset's one before, if that still waits."""
        if self._closing:
            return
        self._prices[symbol] = frame
        self._wake.set()

    def offer_order(self, frame: bytes) -> None:
        """Queues an order message; none is ever dropped: a client too far behind is closed."""
        if self._closing:
            return
        if len(self._orders) >= self._settings.stream_order_queue_max:
            self.close(TRY_AGAIN_LATER, "order messages are not being read")
            return
        self._orders.append(frame)
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Sends a close frame after what is queued of answers and orders, then ends the connection."""
        if not self._closing:
            self._closing = True
            self._prices.clear()
            self._orders.append(close_frame(code, reason))
            self._wake.set()

    def finish(self) -> None:
        """Writes what is queued, for a moment at most, and lets the writer go."""
        self._closing = True
        self._wake.set()
        # Its last bytes, and then the client's.
        self._writer.join(timeout=2 * LAST_WRITE_S)
        self._writer.kill()
        self._shut()

    def drain(self) -> None:
        """Throws away what the client still sends, for a moment: closing a connection on unread bytes would
        reset it, and take along the close frame that says why."""
        deadline = time.monotonic() + LAST_WRITE_S
        with gevent.Timeout(LAST_WRITE_S, False):
            try:
                while self._sock.recv(65_536) and time.monotonic() < deadline:
                    # A client that never stops sending must not stop the others.
                    gevent.sleep(0)
            except OSError:
                log.debug("client was gone already")
        self._read_out.set()

    def _write(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            # The last bytes may hold a close frame: nothing is taken after it.
            ending = self._closing
            frames = [*self._replies, *self._orders, *self._prices.values()]
            self._replies.clear()
            self._orders.clear()
            self._prices.clear()
            if frames and not self._send(b"".join(frames)):
                ending = True
            if ending:
                self._hang_up()
                return

    def _send(self, data: bytes) -> bool:
        with gevent.Timeout(self._settings.stream_write_s, False):
            try:
                self._sock.sendall(data)
            except OSError:
                # The client is gone; its reader finds out too.
                return False
            return True
        log.info("client takes no bytes", bytes=len(data))
        return False

    def _hang_up(self) -> None:
        """Says that nothing follows, and gives the client a moment to end the connection from its side."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            log.debug("client was gone already")
        else:
            self._read_out.wait(LAST_WRITE_S)
        self._shut()

    def _shut(self) -> None:
        """Ends the connection both ways, so that the reader wakes as well."""
        self._closing = True
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("client was gone already")


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
        """Queues bytes that simple-websocket would have written."""
        self._client.offer_reply(data)
        return len(data)

    def fileno(self) -> int:
        """The socket's descriptor."""
        number: int = self._sock.fileno()
        return number

    def close(self) -> None:
        """The end of reading. The writer may have a close frame to write; gunicorn closes the socket."""
        self._client.drain()
