"""One host of a small Binance: who is connected, what they are sent, and everything that can go wrong."""

import json
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.support.binance.book import Book
from tests.support.binance.frames import SHUTDOWN, garbage
from tests.support.binance.rest import FakeRest, fake_rest
from tests.support.binance.streams import Subscriptions, is_combined
from tests.support.waiting import eventually

PING_S = 20.0
PONG_S = 60.0


class FakeBinance:
    """A host; made by `fake_binance`. Threads do the serving; tests call the methods."""

    def __init__(self, book: Book, rest: FakeRest, *, lifetime_s: float) -> None:
        self.url = ""
        self.book = book
        self.rest = rest
        # The streams of each successful subscription, in their order.
        self.subscriptions: list[tuple[str, ...]] = []
        self.accepted = 0
        self.refused = 0
        # Connections that it ended for their age.
        self.expired = 0
        self._lifetime_s = lifetime_s
        self._refusing = 0
        self._answering: dict[str, Any] | None = None
        self._mute = False
        self._skip, self._twice, self._reverse = 0, 0, 0
        self._held: list[dict[str, Any]] = []
        self._open: dict[ServerConnection, Subscriptions] = {}
        self._lock = threading.Lock()
        book.listen(self._on_trade)

    @property
    def connections(self) -> int:
        """How many are connected now."""
        return len(self._connected())

    @property
    def subscribers(self) -> int:
        """How many are connected and subscribed to something."""
        return sum(bool(subscriptions.streams) for subscriptions in self._connected().values())

    def refuse(self, status: int) -> None:
        """Answers handshakes with this HTTP status from now on; 0 accepts again."""
        self._refusing = status

    def answer_subscribes_with(self, answer: dict[str, Any] | None) -> None:
        """Answers SUBSCRIBE with this and subscribes nobody; {} doesn't answer at all, None works again."""
        self._answering = answer

    def stall(self, stalled: bool = True) -> None:
        """Half-open: it accepts, subscribes and answers pings, and sends not one trade."""
        self._mute = stalled

    def skip(self, trades: int) -> None:
        """The next trades of the book are not sent: a gap."""
        self._skip = trades

    def double(self, trades: int) -> None:
        """Each of the next trades of the book is sent twice."""
        self._twice = trades

    def reverse(self, trades: int) -> None:
        """The next trades of the book are sent together, newest first, once the last of them has come."""
        self._reverse, self._held = trades, []

    def trade(self, frame: dict[str, Any]) -> None:
        """Sends a trade to all who asked for its stream, whatever the book says."""
        for connection, subscriptions in self._connected().items():
            if frame["stream"] in subscriptions.streams:
                _send(connection, json.dumps(frame))

    def send_raw(self, frame: str | bytes) -> None:
        """Sends any frame to everybody."""
        for connection in self._connected():
            _send(connection, frame)

    def send_garbage(self, frames: int, *, seed: int = 1) -> None:
        """Sends so many broken frames to everybody."""
        chooser = random.Random(seed)
        for _ in range(frames):
            self.send_raw(garbage(chooser))

    def announce_shutdown(self) -> None:
        """Tells everybody that this host is about to go; it doesn't go."""
        self.send_raw(json.dumps(SHUTDOWN))

    def ping(self, *, limit_s: float = 5.0) -> bool:
        """Pings everybody as Binance does every 20 s; whether all answered in time."""
        pongs = [connection.ping() for connection in self._connected()]
        return bool(pongs) and all(pong.wait(limit_s) for pong in pongs)

    def drop(self) -> None:
        """Cuts all connections without a goodbye."""
        cut = self._connected()
        for connection in cut:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        eventually(lambda: not cut.keys() & self._connected().keys(), what="dropped connections to end")

    def wait_for_connection(self) -> None:
        """Waits until somebody is connected and subscribed."""
        eventually(lambda: self.subscribers > 0, what="a subscriber of the fake Binance")

    def _on_trade(self, frame: dict[str, Any]) -> None:
        # Under the book's lock, as all of the script below.
        if self._mute:
            return
        if self._skip:
            self._skip -= 1
            return
        if self._reverse:
            self._held.append(frame)
            if len(self._held) < self._reverse:
                return
            self._reverse, held = 0, self._held
            for kept in reversed(held):
                self.trade(kept)
            return
        self.trade(frame)
        if self._twice:
            self._twice -= 1
            self.trade(frame)

    def _connected(self) -> dict[ServerConnection, Subscriptions]:
        with self._lock:
            return dict(self._open)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        status = self._refusing or (0 if is_combined(request.path) else 404)
        if status:
            self.refused += 1
            return connection.respond(status, "refused\n")
        return None

    def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        subscriptions = Subscriptions(connection.request.path)
        with self._lock:
            self._open[connection] = subscriptions
            self.accepted += 1
            if subscriptions.streams:
                self.subscriptions.append(tuple(subscriptions.streams))
        expiry = threading.Timer(self._lifetime_s, self._expire, [connection])
        expiry.start()
        try:
            # A client that leaves without a goodbye is no error here.
            with suppress(ConnectionClosed):
                for frame in connection:
                    self._answer(connection, subscriptions, frame)
        finally:
            expiry.cancel()
            with self._lock:
                del self._open[connection]

    def _answer(self, connection: ServerConnection, subscriptions: Subscriptions, frame: str | bytes) -> None:
        if subscriptions.too_fast():
            connection.close(1008, "Too many requests")
            return
        # No trade may come between a subscription and its answer.
        with self.book.lock:
            if self._answering is not None:
                if self._answering:
                    _send(connection, json.dumps(self._answering))
                return
            before = list(subscriptions.streams)
            _send(connection, json.dumps(subscriptions.answer(frame)))
            if subscriptions.streams != before:
                self.subscriptions.append(tuple(subscriptions.streams))

    def _expire(self, connection: ServerConnection) -> None:
        """The cut at 24 hours."""
        self.expired += 1
        with suppress(OSError):
            connection.close(1001, "connection is 24 hours old")


def _send(connection: ServerConnection, frame: str | bytes) -> None:
    # As at the exchange: what a client that has just left doesn't get is its own affair.
    with suppress(ConnectionClosed):
        connection.send(frame)


@contextmanager
def fake_binance(book: Book | None = None, *, lifetime_s: float = 86_400.0) -> Iterator[FakeBinance]:
    """A running host: `url` for streams, `rest.url` for REST; a connection lives for `lifetime_s`."""
    shared = book or Book()
    with fake_rest(shared) as rest:
        host = FakeBinance(shared, rest, lifetime_s=lifetime_s)
        with serve(
            host._serve,
            "127.0.0.1",
            0,
            process_request=host._admit,
            compression=None,
            close_timeout=1,
            ping_interval=PING_S,
            ping_timeout=PONG_S,
        ) as server:
            host.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
            serving = threading.Thread(target=server.serve_forever, name="fake-binance")
            serving.start()
            try:
                yield host
            finally:
                server.shutdown()
                serving.join()
                for connection in host._connected():
                    connection.close()
                eventually(lambda: host.connections == 0, what="the fake's connections to end")


def addresses(*hosts: FakeBinance) -> dict[str, str]:
    """The settings that make these hosts the exchange; without them a test would ask the real one."""
    return {
        "binance_stream_urls": ",".join(host.url for host in hosts),
        "binance_rest_urls": ",".join(host.rest.url for host in hosts),
    }
