"""The REST side of a small Binance: ping, time, aggTrades and klines, with request weight, 429 and 418.

Documented in "Market Data endpoints", "LIMITS" and "Error codes" of the Binance Spot API.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from domain.instruments import ASSET_BY_MARKET
from tests.support.binance.book import Book

ROWS_DEFAULT = 500
ROWS_MAX = 1000
DRIP_S = 0.02
DRIPS_MAX = 1000
WEIGHTS = {"/api/v3/ping": 1, "/api/v3/time": 1, "/api/v3/aggTrades": 4, "/api/v3/klines": 2}


class ApiError(Exception):
    """An answer with an error code of the exchange."""

    def __init__(self, status: int, code: int, msg: str) -> None:
        super().__init__(msg)
        self.status = status
        self.body = {"code": code, "msg": msg}


@dataclass(frozen=True)
class Asked:
    """A request that came. status: what it was answered."""

    path: str
    fields: dict[str, str]
    status: int


class FakeRest:
    """One REST host; made by `fake_rest`. Its counters may be read at any time."""

    def __init__(self, book: Book, *, weight_max: int = 6_000) -> None:
        self.url = ""
        self.book = book
        self.asked: list[Asked] = []
        # Requests that came while nothing was to be sent.
        self.too_early = 0
        self.weight_max = weight_max
        self.dripping = False
        # Requests that wait for `hold_after` to let them go.
        self.held = 0
        self._answers_left: int | None = None
        self._turn = threading.Condition()
        self._weights: Counter[int] = Counter()
        self._blocked_status = 0
        self._blocked_s = 0
        # 0: nobody has been told yet.
        self._blocked_until = 0.0
        self._failing = 0
        self._bodies: list[bytes] = []
        self._lock = threading.Lock()

    def limit(self, seconds: int, *, status: int = 429) -> None:
        """Answers 429, or 418, from now on for so long; whoever asks meanwhile is counted in `too_early`.

        The first request that is told of it is not too early.
        """
        with self._lock:
            self._blocked_status, self._blocked_s, self._blocked_until = status, seconds, 0.0

    def fail(self, status: int) -> None:
        """Answers every request with this status from now on; 0 works again."""
        self._failing = status

    def answer_with(self, *bodies: bytes) -> None:
        """Answers the next requests with these bodies and 200, whatever they ask."""
        self._bodies = list(bodies)

    def drip(self) -> None:
        """Answers the next request with a body that comes byte by byte, for twenty seconds."""
        self.dripping = True

    def hold_after(self, requests: int | None) -> None:
        """Answers so many requests more, and lets all others wait; None answers them all."""
        with self._turn:
            self._answers_left = requests
            self._turn.notify_all()

    def wait_for_turn(self) -> None:
        """Returns when a request may be answered."""
        with self._turn:
            self.held += 1
            self._turn.wait_for(lambda: self._answers_left is None or self._answers_left > 0)
            self.held -= 1
            if self._answers_left is not None:
                self._answers_left -= 1

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def answer(self, target: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers for a request."""
        url = urlsplit(target)
        fields = dict(parse_qsl(url.query, keep_blank_values=True))
        headers: dict[str, str] = {}
        try:
            with self._lock:
                self._check_limits(url.path, headers)
                body = self._bodies.pop(0) if self._bodies else None
            status = 200
            if body is None:
                body = json.dumps(self._rows(url.path, fields)).encode()
        except ApiError as error:
            status, body = error.status, json.dumps(error.body).encode()
        self.asked.append(Asked(url.path, fields, status))
        return status, body, headers

    def _check_limits(self, path: str, headers: dict[str, str]) -> None:
        now = time.time()
        if self._blocked_status:
            if self._blocked_until == 0.0:
                self._blocked_until = now + self._blocked_s
            elif now < self._blocked_until:
                self.too_early += 1
            else:
                self._blocked_status = 0
        if self._blocked_status:
            headers["Retry-After"] = str(self._blocked_s)
            raise ApiError(self._blocked_status, -1003, "Way too much request weight used; IP banned.")
        if self._failing:
            raise ApiError(self._failing, -1000, "An unknown error occurred while processing the request.")
        minute = int(now // 60)
        self._weights[minute] += WEIGHTS.get(path, 1)
        headers["X-MBX-USED-WEIGHT-1M"] = str(self._weights[minute])
        if self._weights[minute] > self.weight_max:
            headers["Retry-After"] = str(60 - int(now % 60))
            raise ApiError(429, -1003, f"Too much request weight used; current limit is {self.weight_max}.")

    def _rows(self, path: str, fields: dict[str, str]) -> object:
        routes: dict[str, Callable[[dict[str, str]], object]] = {
            "/api/v3/ping": lambda _fields: {},
            "/api/v3/time": lambda _fields: {"serverTime": time.time_ns() // 1_000_000},
            "/api/v3/aggTrades": self._agg_trades,
            "/api/v3/klines": self._klines,
        }
        if path not in routes:
            raise ApiError(404, -1000, "no such path")
        return routes[path](fields)

    def _agg_trades(self, fields: dict[str, str]) -> object:
        market, from_id = _market(fields), _whole(fields, "fromId")
        start_ms, end_ms = _times(fields)
        if from_id is not None and (start_ms is not None or end_ms is not None):
            raise ApiError(400, -1128, "Combination of optional parameters invalid.")
        return self.book.agg_trades(
            market, from_id=from_id, start_ms=start_ms, end_ms=end_ms, limit=_limit(fields)
        )

    def _klines(self, fields: dict[str, str]) -> object:
        market = _market(fields)
        if fields.get("interval") != "1m":
            raise ApiError(400, -1120, "Invalid interval.")
        start_ms, end_ms = _times(fields)
        return self.book.klines(market, start_ms=start_ms, end_ms=end_ms, limit=_limit(fields))


def _market(fields: dict[str, str]) -> str:
    if "symbol" not in fields:
        raise ApiError(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
    if fields["symbol"] not in ASSET_BY_MARKET:
        raise ApiError(400, -1121, "Invalid symbol.")
    return fields["symbol"]


def _whole(fields: dict[str, str], name: str) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ApiError(400, -1100, f"Illegal characters found in parameter '{name}'.")
    return int(text)


def _times(fields: dict[str, str]) -> tuple[int | None, int | None]:
    start_ms, end_ms = _whole(fields, "startTime"), _whole(fields, "endTime")
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise ApiError(400, -1100, "Start time is greater than end time.")
    return start_ms, end_ms


def _limit(fields: dict[str, str]) -> int:
    return min(_whole(fields, "limit") or ROWS_DEFAULT, ROWS_MAX)


class _Server(ThreadingHTTPServer):
    """daemon_threads off: what serves must have ended when the test does."""

    daemon_threads = False
    # Connections that clients keep open end with the server.
    _open: set[Any]

    def __init__(self, rest: FakeRest) -> None:
        self._open = set()
        super().__init__(("127.0.0.1", 0), _handler(rest))

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Ends the connections that are left."""
        for request in list(self._open):
            self._open.discard(request)
            request.shutdown(2)


def _handler(rest: FakeRest) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if rest.dripping:
                rest.dripping = False
                self._drip()
                return
            status, body, headers = rest.answer(self.path)
            rest.wait_for_turn()
            # A client that has given up meanwhile is no error here.
            with suppress(OSError):
                self._send(status, body, headers)

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(10**9))
            self.end_headers()
            self.close_connection = True
            with suppress(OSError):
                for _ in range(DRIPS_MAX):
                    self.wfile.write(b"[")
                    time.sleep(DRIP_S)

        def log_message(self, *_words: object) -> None:
            """Nothing: the tests look at `asked`."""

    return Handler


@contextmanager
def fake_rest(book: Book | None = None, *, weight_max: int = 6_000) -> Iterator[FakeRest]:
    """A running REST host on a free port."""
    rest = FakeRest(book or Book(), weight_max=weight_max)
    with _Server(rest) as server:
        rest.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield rest
        finally:
            rest.hold_after(None)
            server.shutdown()
            serving.join()
            server.hang_up()
