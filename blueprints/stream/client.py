"""One connected client: all that is ever written to its socket is written here.

A write takes what the socket takes and never waits. What is left of it is drained by a greenlet of the
client's own, and until that is through nothing else is written: prices are skipped, so that the newest
follow; answers and order messages queue. So a frame is never cut, and a slow client delays nobody.
"""

import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event

from blueprints.stream.frames import TRY_AGAIN_LATER, close_frame
from blueprints.stream.hops import Hops
from blueprints.stream.prices import Prices
from runtime.logs import get_logger
from runtime.settings import Settings

# Answers waiting for a client that asks faster than it reads.
REPLIES_MAX = 100
# What a closing client is given to take its last frames, and to end the connection from its side.
LAST_WRITE_S = 1.0

log = get_logger(__name__)


class Client:
    """A client's outgoing side. Once it is closing nothing is taken: no frame may follow a close frame."""

    def __init__(self, sock: Any, settings: Settings, hops: Hops, *, on_ready: Callable[[], None]) -> None:
        """on_ready: told when a client that was slow may be given prices again."""
        self._sock = sock
        self._settings = settings
        self._hops = hops
        self._on_ready = on_ready
        # Whole frames that wait for the socket: answers and order messages, in their order.
        self._waiting: deque[bytes] = deque()
        self._replies_waiting = 0
        self._orders_waiting = 0
        # Of a frame that the socket took a part of.
        self._rest = b""
        self._drain: gevent.Greenlet | None = None
        # Nothing more is read of what the client sends.
        self._read_out = Event()
        self._closing = False
        self._farewell: gevent.Greenlet | None = None
        # The assets it wants, a bit each, and the version of the prices that it was given last.
        self.wanted = 0
        self.seen = 0

    def offer_reply(self, frame: bytes) -> None:
        """Writes an answer, or queues it; a client that doesn't read its answers is closed."""
        if self._closing:
            return
        if self._drain is None:
            self._write(frame)
        elif self._replies_waiting < REPLIES_MAX:
            self._replies_waiting += 1
            self._waiting.append(frame)
        else:
            self.close(TRY_AGAIN_LATER, "answers are not being read")

    def offer_order(self, frame: bytes) -> None:
        """Writes an order message, or queues it; none is ever dropped: a client too far behind is closed."""
        if self._closing:
            return
        if self._drain is None:
            self._write(frame)
        elif self._orders_waiting < self._settings.stream_order_queue_max:
            self._orders_waiting += 1
            self._waiting.append(frame)
        else:
            self.close(TRY_AGAIN_LATER, "order messages are not being read")

    def give_prices(self, prices: Prices) -> None:
        """Writes what it wants and hasn't got; nothing while it is slow, so that the newest follow."""
        if self.seen == prices.version or self._drain is not None or self._closing:
            return
        frames = prices.since(self.wanted, self.seen)
        self.seen = prices.version
        if frames:
            self._write(frames)

    def want_prices(self, bit: int, prices: Prices, newest: bytes) -> None:
        """Wants an asset's prices from now on, beginning with the newest."""
        self.give_prices(prices)
        self.wanted |= bit
        if self._drain is not None:
            # It is given all of them anew once it isn't slow.
            self.seen = 0
        elif newest and not self._closing:
            self._write(newest)

    def close(self, code: int, reason: str) -> None:
        """Sends a close frame after what is queued of answers and orders, then ends the connection."""
        if self._closing:
            return
        self._closing = True
        self._hops.closed.labels(code).inc()
        frame = close_frame(code, reason)
        if self._drain is not None:
            # Who drains hangs up.
            self._waiting.append(frame)
            return
        self._write(frame)
        if self._drain is None:
            self._farewell = gevent.spawn(self._hang_up)

    def finish(self) -> None:
        """Writes what is queued, for a moment at most, and ends the connection."""
        self._closing = True
        left = [greenlet for greenlet in (self._drain, self._farewell) if greenlet is not None]
        # Its last bytes, and then the client's.
        gevent.joinall(left, timeout=2 * LAST_WRITE_S)
        gevent.killall(left)
        self._shut()

    def read_out(self) -> None:
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

    def _write(self, data: bytes) -> None:
        """Writes what the socket takes at once; the rest is drained."""
        sent = self._send(data)
        if sent < len(data):
            self._hops.slow.inc()
            self._rest = data[sent:]
            self._drain = gevent.spawn(self._drain_all)

    def _send(self, data: bytes) -> int:
        try:
            # gevent's socket waits unless its time limit is 0.
            return int(self._sock.send(data, 0, 0.0))
        except BlockingIOError:
            return 0
        except OSError:
            # The client is gone, and its reader finds out too: nothing is owed to it.
            self._closing = True
            self._waiting.clear()
            return len(data)

    def _drain_all(self) -> None:
        """Writes the rest and what queued meanwhile, as the socket takes it."""
        while self._rest or self._waiting:
            if not self._rest:
                self._rest = b"".join(self._waiting)
                self._waiting.clear()
                self._replies_waiting = self._orders_waiting = 0
            if not self._wait_until_it_takes_bytes():
                self._closing = True
                log.info("client takes no bytes", bytes=len(self._rest))
                break
            self._rest = self._rest[self._send(self._rest) :]
        self._drain = None
        if self._closing:
            self._hang_up()
        else:
            self._on_ready()

    def _wait_until_it_takes_bytes(self) -> bool:
        try:
            gevent.socket.wait_write(
                self._sock.fileno(), timeout=self._settings.stream_write_s, timeout_exc=TimeoutError()
            )
        except (TimeoutError, OSError):
            return False
        return True

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
