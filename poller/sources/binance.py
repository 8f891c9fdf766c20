"""Binance: the combined aggTrade stream of all our markets over one WebSocket.

Binance pings every 20 s and cuts each connection after 24 h; the library answers pings, and a cut is a
reconnect like any other. Hosts are tried in turn, with a growing, jittered pause between attempts.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from domain.instruments import ASSETS
from domain.messages import Tick
from poller.checkpoint import Checkpoint
from poller.decode import SOURCE, Garbage, decode_frame
from poller.sources.base import SourceContext
from runtime.logs import get_logger
from runtime.pacing import JitteredBackoff, Seldom
from runtime.settings import Settings

FRAME_BYTES_MAX = 65_536
_FIRST_PAUSE_S = 0.25
_CLOSE_TIMEOUT_S = 1.0
_GARBAGE_SHOWN_BYTES = 120

log = get_logger(__name__)


class Silence(Exception):
    """No trade came for BINANCE_SILENCE_S over an open connection."""


# A connection that fails in one of these ways is followed by the next one.
_CONNECTION_ERRORS = (OSError, TimeoutError, WebSocketException, Silence)


def stream_url(host_url: str) -> str:
    """The combined stream of every asset's trades at one host."""
    streams = "/".join(f"{asset.market.lower()}@aggTrade" for asset in ASSETS.values())
    return f"{host_url.rstrip('/')}/stream?streams={streams}"


def _connect(host_url: str, settings: Settings) -> connect:
    return connect(
        stream_url(host_url),
        compression=None,
        max_size=FRAME_BYTES_MAX,
        open_timeout=settings.binance_connect_timeout_s,
        close_timeout=_CLOSE_TIMEOUT_S,
    )


async def reachable(settings: Settings) -> bool:
    """Whether a host accepts the stream within the connect timeout; all are tried at once."""

    async def try_host(host_url: str) -> bool:
        try:
            async with _connect(host_url, settings):
                return True
        except _CONNECTION_ERRORS as error:
            log.info("binance host not reached", host=host_url, why=_why(error))
            return False

    attempts = [asyncio.create_task(try_host(host_url)) for host_url in settings.binance_stream_urls]
    try:
        for attempt in asyncio.as_completed(attempts):
            if await attempt:
                return True
        return False
    finally:
        for task in attempts:
            task.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)


class BinanceSource:
    """The live feed. It reconnects for ever; only being closed ends it."""

    name = SOURCE

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._backoff = JitteredBackoff(_FIRST_PAUSE_S, settings.reconnect_delay_max_s)
        self._garbage: Counter[Garbage] = Counter()
        self._garbage_log = Seldom()
        self._connects = 0

    async def ticks(self) -> AsyncGenerator[Tick, None]:
        """The trades of all markets as they come, over one connection after the other."""
        hosts = self._settings.binance_stream_urls
        while True:
            host_url = hosts[self._connects % len(hosts)]
            self._connects += 1
            try:
                async with _connect(host_url, self._settings) as connection:
                    log.info("binance connected", host=host_url)
                    while True:
                        yield await self._next_tick(connection)
            except _CONNECTION_ERRORS as error:
                pause_s = self._backoff.next_s()
                log.warning("binance disconnected", host=host_url, why=_why(error), pause_s=round(pause_s, 2))
            await asyncio.sleep(pause_s)

    def checkpoint(self, acknowledged: int) -> Checkpoint | None:
        """None: the live feed goes on at now."""
        return None

    def figures(self) -> Mapping[str, int]:
        """Connections made, and frames refused by reason."""
        return {"connects": self._connects, **{f"garbage_{why}": n for why, n in self._garbage.items()}}

    async def _next_tick(self, connection: ClientConnection) -> Tick:
        """The next trade; raises Silence when only garbage or nothing at all came for too long."""
        try:
            async with asyncio.timeout(self._settings.binance_silence_s):
                while True:
                    frame = await connection.recv(decode=False)
                    tick = decode_frame(frame, received_time_us=time.time_ns() // 1000)
                    if isinstance(tick, Tick):
                        self._backoff.reset()
                        return tick
                    self._refuse(tick, frame)
        except TimeoutError as error:
            raise Silence(f"no trade for {self._settings.binance_silence_s:g} s") from error

    def _refuse(self, why: Garbage, frame: bytes) -> None:
        self._garbage[why] += 1
        if times := self._garbage_log.due():
            log.warning("frame refused", why=why, times=times, frame=repr(frame[:_GARBAGE_SHOWN_BYTES]))


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def open_binance(context: SourceContext) -> BinanceSource:
    """The live feed, not yet connected."""
    return BinanceSource(context.settings)
