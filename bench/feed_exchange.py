"""A Binance that is quicker than any poller: `python -m bench.feed_exchange`, a process of its own.

A real WebSocket server, but for one thing: once a client has subscribed, frames are made by hand and written
many at once, or it would be the bottleneck. It says its address; then each line `COUNT PER_S` on its standard
input (PER_S 0: as fast as they are taken) is answered, when so many trades are out, by `SECONDS`.
"""

import json
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from domain.instruments import ASSETS

# As large as a write may be, so that a client which is behind isn't flooded unevenly.
FRAMES_PER_WRITE = 64
PACE_S = 0.001
_TEXT_FRAME = 0x81
_TWO_BYTE_LENGTH = 126
SUBSCRIBER_LIMIT_S = 30.0
_MARKETS = [asset.market for asset in ASSETS.values()]
PRICE_CENTS = 6_450_000


def trade_frame(number: int, now_ms: int) -> bytes:
    """The so-many-th trade of all, of the markets in turn, as it goes over the wire."""
    turn, market = divmod(number, len(_MARKETS))
    name, cents = _MARKETS[market], PRICE_CENTS + number % 1_000
    payload = (
        f'{{"stream":"{name.lower()}@aggTrade","data":{{"e":"aggTrade","E":{now_ms},"s":"{name}","a":{turn},'
        f'"p":"{cents // 100}.{cents % 100:02d}000000","q":"0.00100000","f":{turn},"l":{turn},"T":{now_ms},'
        f'"m":{"true" if number % 2 else "false"},"M":true}}}}'
    ).encode()
    return struct.pack(">BBH", _TEXT_FRAME, _TWO_BYTE_LENGTH, len(payload)) + payload


class Exchange:
    """One subscriber at a time, and the trades that it gets."""

    def __init__(self) -> None:
        self.numbers = count()
        self._subscribed = threading.Event()
        self._write: Callable[[bytes], None] | None = None

    def serve_client(self, connection: ServerConnection) -> None:
        """Answers each SUBSCRIBE; a client that leaves makes place for the next."""
        try:
            for text in connection:
                connection.send(json.dumps({"result": None, "id": json.loads(text)["id"]}))
                self._write = connection.socket.sendall
                self._subscribed.set()
        except ConnectionClosed:
            pass
        finally:
            self._subscribed.clear()

    def answer(self, line: str) -> str:
        """Does what the line asks for; `SECONDS` that it took. Raises TimeoutError when nobody subscribes."""
        trades, per_s = map(int, line.split())
        return f"{self._send(trades, per_s):.6f}"

    def writer(self) -> Callable[[bytes], None]:
        """What writes to the subscriber, once there is one. Raises TimeoutError when nobody subscribes."""
        if not self._subscribed.wait(SUBSCRIBER_LIMIT_S):
            raise TimeoutError("nobody subscribed")
        assert self._write is not None
        return self._write

    def _send(self, trades: int, per_s: int) -> float:
        write = self.writer()
        began = time.perf_counter()
        for due in _portions(trades, per_s, began):
            now_ms = time.time_ns() // 1_000_000
            write(b"".join(trade_frame(next(self.numbers), now_ms) for _ in range(due)))
        return time.perf_counter() - began


def _portions(trades: int, per_s: int, began: float) -> Iterator[int]:
    """How many to write at once, when they are due."""
    sent = 0
    while sent < trades:
        room = min(trades - sent, FRAMES_PER_WRITE)
        due = room if not per_s else min(room, int((time.perf_counter() - began) * per_s) - sent)
        if due > 0:
            sent += due
            yield due
        else:
            time.sleep(PACE_S)


def serve_exchange(exchange: Exchange) -> None:
    """Says the address, then answers each line of standard input until that ends."""
    with serve(exchange.serve_client, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        threading.Thread(target=server.serve_forever, name="exchange", daemon=True).start()
        _say(f"ws://127.0.0.1:{server.socket.getsockname()[1]}")
        for line in sys.stdin:
            _say(exchange.answer(line))
        server.shutdown()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve_exchange(Exchange())
