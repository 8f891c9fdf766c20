"""A small Binance: a real WebSocket server that speaks the documented combined-stream protocol.

It answers at `/stream?streams=...`, sends a market's trades to the connections that asked for it, pings, goes
silent, refuses and drops, as the tests tell it to. Threads do the serving; tests call the methods.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.support.waiting import eventually


def agg_trade(
    *,
    market: str = "BTCUSDT",
    trade_id: int = 1,
    price: str = "64500.12000000",
    quantity: str = "0.00100000",
    time_ms: int = 1_736_000_000_000,
    buyer_is_maker: bool = True,
) -> dict[str, object]:
    """One aggregate trade as Binance's combined stream sends it."""
    return {
        "stream": f"{market.lower()}@aggTrade",
        "data": {
            "e": "aggTrade",
            "E": time_ms + 1,
            "s": market,
            "a": trade_id,
            "p": price,
            "q": quantity,
            "f": trade_id * 2,
            "l": trade_id * 2 + 1,
            "T": time_ms,
            "m": buyer_is_maker,
            "M": True,
        },
    }


class FakeBinance:
    """One host of the exchange; made by `fake_binance`."""

    def __init__(self) -> None:
        self.url = ""
        # The streams that each accepted connection asked for, in the order of connecting.
        self.subscriptions: list[tuple[str, ...]] = []
        self.refused = 0
        self._refusing = 0
        self._open: dict[ServerConnection, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    @property
    def connections(self) -> int:
        """How many are connected now."""
        with self._lock:
            return len(self._open)

    def refuse(self, status: int) -> None:
        """Answers handshakes with this HTTP status from now on; 0 accepts again."""
        self._refusing = status

    def trade(self, frame: dict[str, object]) -> None:
        """Sends a trade to all who asked for its stream."""
        for connection, streams in self._connected().items():
            if frame["stream"] in streams:
                _send(connection, json.dumps(frame))

    def send_raw(self, frame: str | bytes) -> None:
        """Sends any frame to everybody."""
        for connection in self._connected():
            _send(connection, frame)

    def ping(self, *, limit_s: float = 5.0) -> bool:
        """Pings everybody as Binance does every 20 s; whether all answered in time."""
        pongs = [connection.ping() for connection in self._connected()]
        return bool(pongs) and all(pong.wait(limit_s) for pong in pongs)

    def drop(self) -> None:
        """Cuts all connections without a goodbye."""
        for connection in self._connected():
            connection.socket.shutdown(socket.SHUT_RDWR)
        eventually(lambda: self.connections == 0, what="dropped connections to end")

    def wait_for_connection(self) -> None:
        """Waits until somebody is connected."""
        eventually(lambda: self.connections > 0, what="a connection to the fake Binance")

    def _connected(self) -> dict[ServerConnection, tuple[str, ...]]:
        with self._lock:
            return dict(self._open)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        status = self._refusing or (0 if _streams(request.path) else 404)
        if status:
            self.refused += 1
            return connection.respond(status, "refused\n")
        return None

    def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        streams = _streams(connection.request.path)
        with self._lock:
            self._open[connection] = streams
            self.subscriptions.append(streams)
        try:
            # A client that leaves without a goodbye is no error here.
            with suppress(ConnectionClosed):
                for _ in connection:
                    pass
        finally:
            with self._lock:
                del self._open[connection]


def _send(connection: ServerConnection, frame: str | bytes) -> None:
    # As at the exchange: what a client that has just left doesn't get is its own affair.
    with suppress(ConnectionClosed):
        connection.send(frame)


def _streams(path: str) -> tuple[str, ...]:
    url = urlsplit(path)
    names = parse_qs(url.query).get("streams", [""])[0]
    return tuple(filter(None, names.split("/"))) if url.path == "/stream" else ()


@contextmanager
def fake_binance() -> Iterator[FakeBinance]:
    """A running fake on a free port."""
    fake = FakeBinance()
    with serve(
        fake._serve, "127.0.0.1", 0, process_request=fake._admit, compression=None, close_timeout=1
    ) as server:
        fake.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        serving = threading.Thread(target=server.serve_forever, name="fake-binance")
        serving.start()
        try:
            yield fake
        finally:
            server.shutdown()
            serving.join()
            for connection in fake._connected():
                connection.close()
            eventually(lambda: fake.connections == 0, what="the fake's connections to end")
