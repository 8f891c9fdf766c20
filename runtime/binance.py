"""Binance over REST: past trades and candles, politely.

Synchronous and safe for threads; event loops call it with `asyncio.to_thread`. Hosts are tried in turn. One
client keeps to one sum of request weight, whatever host answers: the exchange counts by address.
Binance Spot API, "Market Data endpoints".
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from runtime.logs import get_logger
from runtime.pacing import JitteredBackoff
from runtime.process import Stop
from runtime.request_weight import RequestWeight
from runtime.settings import Settings

ROWS_MAX = 1000
AGG_TRADES_WEIGHT = 4
KLINES_WEIGHT = 2
# A thousand rows of either kind are some 200 KB.
_BODY_BYTES_MAX = 4_000_000
_CHUNK_BYTES = 65_536
_CONNECTIONS = 8
_PAUSE_FIRST_S = 0.25
_PAUSE_MAX_S = 5.0
# How long to be silent where the exchange says no time: the rest of any minute, and its shortest ban.
_LIMITED_S = 60.0
_BANNED_S = 120.0
_TEXT_SHOWN = 200

log = get_logger(__name__)


class BinanceError(Exception):
    """No answer from Binance.

    BinanceError
     ├── BinanceAway     no host gave an answer that could be read, in all tries
     ├── BinanceLimited  nothing may be sent for longer than BINANCE_REST_WAIT_MAX_S (429, 418, own limit)
     ├── BinanceRefused  the request itself is wrong
     └── BinanceStopped  the process stops
    """


class BinanceAway(BinanceError):
    """No host gave an answer that could be read."""


class BinanceLimited(BinanceError):
    """Too much was asked. retry_after_s: nothing may be sent before."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"nothing may be sent for {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class BinanceRefused(BinanceError):
    """A 4xx for which no other host would have another answer. code: the exchange's own, 0 without one."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(f"{status}: {text} (code {code})")
        self.status = status
        self.code = code


class BinanceStopped(BinanceError):
    """A wait ended because the process stops."""


class _Silenced(Exception):
    """A 429 or a 418: noted, and to be asked again once it is over."""


class BinanceRest:
    """A client of all the hosts. Its waits end with `stop`."""

    def __init__(self, settings: Settings, *, stop: Stop | None = None) -> None:
        self._hosts = settings.binance_rest_urls
        self._tries_max = max(settings.binance_rest_tries, len(self._hosts))
        self._timeout_s = settings.binance_rest_timeout_s
        self._wait_max_s = settings.binance_rest_wait_max_s
        # A Stop that isn't set is false.
        self._stop = Stop() if stop is None else stop
        self._pool = urllib3.PoolManager(
            maxsize=_CONNECTIONS, retries=False, timeout=urllib3.Timeout(self._timeout_s)
        )
        self._lock = threading.Lock()
        self._weight = RequestWeight(settings.binance_weight_max)
        # The one that answered last is asked first.
        self._host = 0

    @property
    def used_weight(self) -> int:
        """The request weight of this minute, as far as it is known."""
        return self._weight.used

    def agg_trades(
        self,
        market: str,
        *,
        from_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = ROWS_MAX,
    ) -> list[dict[str, Any]]:
        """Aggregate trades, oldest first, at most `limit`: from an id on, or of a time (both ends inclusive).

        Each is {"a": id, "p": price, "q": quantity, "T": time in ms, "m": buyer is maker, ...}.
        Raises BinanceError.
        """
        asked = {"symbol": market, "fromId": from_id, "startTime": start_ms, "endTime": end_ms}
        return self._rows("/api/v3/aggTrades", asked | {"limit": limit}, AGG_TRADES_WEIGHT, dict)

    def klines(
        self, market: str, *, interval: str = "1m", start_ms: int, end_ms: int, limit: int = ROWS_MAX
    ) -> list[list[Any]]:
        """Candles that open from start_ms to end_ms, oldest first, at most `limit`; the open one among them.

        Each is [open time, open, high, low, close, volume, close time, quote volume, trades, ...], times
        in ms, decimals as text. Raises BinanceError.
        """
        asked = {"symbol": market, "interval": interval, "startTime": start_ms, "endTime": end_ms}
        return self._rows("/api/v3/klines", asked | {"limit": limit}, KLINES_WEIGHT, list)

    def close(self) -> None:
        """Lets go of the connections."""
        self._pool.clear()

    def _rows(self, path: str, asked: Mapping[str, object], weight: int, kind: type[Any]) -> list[Any]:
        fields = {name: str(value) for name, value in asked.items() if value is not None}
        backoff = JitteredBackoff(_PAUSE_FIRST_S, _PAUSE_MAX_S)
        why = ""
        for tried in range(self._tries_max):
            # Another host at once; all of them again only after a pause.
            if tried and tried % len(self._hosts) == 0:
                self._pause(backoff.next_s())
            self._wait_for_weight(weight)
            host = self._host
            try:
                rows = self._ask(self._hosts[host], path, fields)
            except _Silenced:
                why = "limited again and again"
                continue
            except (HTTPError, OSError, ValueError) as error:
                why = f"{type(error).__name__}: {error}"[:_TEXT_SHOWN]
            else:
                if isinstance(rows, list) and all(isinstance(row, kind) for row in rows):
                    return rows
                why = f"no list of rows: {str(rows)[:_TEXT_SHOWN]}"
            log.info("binance rest host gave no answer", host=self._hosts[host], path=path, why=why)
            self._leave(host)
        raise BinanceAway(f"{path}: {why}")

    def _ask(self, host_url: str, path: str, fields: dict[str, str]) -> object:
        """One answer, decoded; raises HTTPError, OSError or ValueError where another host may help."""
        response = self._pool.request(
            "GET", host_url.rstrip("/") + path, fields=fields, preload_content=False
        )
        try:
            self._heed(response)
            body = self._body(response)
        except BaseException:
            # What is left of it must not be taken for the next answer.
            response.close()
            raise
        response.release_conn()
        if response.status == 200:
            return orjson.loads(body)
        # A firewall's or a country's refusal is of one host only.
        if response.status in {403, 451} or response.status >= 500:
            raise ValueError(f"status {response.status}")
        raise _refusal(response.status, body)

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body; raises ValueError when it is too large or takes too long."""
        deadline = time.monotonic() + self._timeout_s
        body = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > _BODY_BYTES_MAX or time.monotonic() > deadline:
                raise ValueError(f"a body of {len(body)} bytes and more, or too slow")
        return bytes(body)

    def _heed(self, response: urllib3.BaseHTTPResponse) -> None:
        """Notes what the answer says of weight and of silence; raises _Silenced for a 429 or a 418."""
        now = time.time()
        with self._lock:
            self._weight.answered(_number(response.headers.get("X-MBX-USED-WEIGHT-1M")) or 0, now)
            if response.status not in {429, 418}:
                return
            said_s = _number(response.headers.get("Retry-After"))
            silent_s = said_s or (_BANNED_S if response.status == 418 else _LIMITED_S)
            self._weight.block(silent_s, now)
        log.warning("binance rest is silenced", status=response.status, for_s=silent_s)
        raise _Silenced

    def _wait_for_weight(self, weight: int) -> None:
        deadline = time.monotonic() + self._wait_max_s
        while True:
            with self._lock:
                wait_s = self._weight.take(weight, time.time())
            if not wait_s:
                return
            if time.monotonic() + wait_s > deadline:
                raise BinanceLimited(wait_s)
            self._pause(wait_s)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise BinanceStopped("stopping")

    def _leave(self, host: int) -> None:
        """The next host is asked from now on, unless another thread has left this one already."""
        with self._lock:
            if self._host == host:
                self._host = (host + 1) % len(self._hosts)


def _refusal(status: int, body: bytes) -> BinanceRefused:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        return BinanceRefused(status, 0, body[:_TEXT_SHOWN].decode(errors="replace"))
    code = said.get("code")
    return BinanceRefused(status, code if isinstance(code, int) else 0, str(said.get("msg"))[:_TEXT_SHOWN])


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
