"""One connection to the combined stream: opened, subscribed to every market, read until it fails.

Binance pings every 20 s, and the library answers. Binance Spot API, "WebSocket Streams".
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from domain.instruments import ASSETS
from domain.messages import Tick
from poller.decode import Garbage, decode_frame
from runtime.logs import get_logger
from runtime.settings import Settings

FRAME_BYTES_MAX = 65_536
STREAMS = tuple(f"{asset.market.lower()}@aggTrade" for asset in ASSETS.values())
_SUBSCRIBE_ID = 1
# Trades may come before the answer to SUBSCRIBE; more than so many frames are no answer.
_EARLY_FRAMES_MAX = 1000
_CLOSE_TIMEOUT_S = 1.0
# Moving a timeout costs more than a look at the clock: it is moved so many times in its length.
_TIMEOUT_MOVES = 8
_SHOWN_BYTES = 120

log = get_logger(__name__)


class Silence(Exception):
    """No trade came for BINANCE_SILENCE_S over an open connection."""


class NotSubscribed(Exception):
    """SUBSCRIBE was answered with an error, or with nothing that is an answer."""


# A connection that fails in one of these ways is followed by the next one.
CONNECTION_ERRORS = (OSError, TimeoutError, WebSocketException, Silence, NotSubscribed)


class Connection:
    """A subscribed connection. `read` tells of what comes; `leaving` is set when the server says it goes."""

    def __init__(self, host_url: str, socket: ClientConnection, settings: Settings) -> None:
        self.host_url = host_url
        self.leaving = asyncio.Event()
        self._socket = socket
        self._settings = settings
        self._early: list[bytes] = []

    @classmethod
    async def open(cls, host_url: str, settings: Settings) -> Self:
        """Connects and subscribes, each within the connect timeout; raises one of CONNECTION_ERRORS."""
        socket = await _connect(host_url, settings)
        connection = cls(host_url, socket, settings)
        try:
            async with asyncio.timeout(settings.binance_connect_timeout_s):
                await connection._subscribe()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def read(
        self,
        on_tick: Callable[[Tick], bool],
        on_garbage: Callable[[Garbage, bytes], None],
        *,
        room: Callable[[], Awaitable[None]],
    ) -> None:
        """Decodes what comes until one of CONNECTION_ERRORS is raised.

        When `on_tick` says that there is no more room, `room` is waited for; that is no silence.
        """
        loop = asyncio.get_running_loop()
        # Moved seldom, it may be noticed that much later.
        silence_s = self._settings.binance_silence_s * (1 + 1 / _TIMEOUT_MOVES)
        try:
            async with asyncio.timeout(silence_s) as silence:
                moved_at = loop.time()
                while True:
                    frame = await self._next_frame()
                    tick = decode_frame(frame, received_time_us=time.time_ns() // 1000)
                    if not isinstance(tick, Tick):
                        self._heed(frame)
                        on_garbage(tick, frame)
                    elif on_tick(tick):
                        silence.reschedule(None)
                        await room()
                        moved_at = loop.time()
                        silence.reschedule(moved_at + silence_s)
                    elif (now := loop.time()) - moved_at > silence_s / _TIMEOUT_MOVES:
                        moved_at = now
                        silence.reschedule(now + silence_s)
        except TimeoutError as error:
            raise Silence(f"no trade for {self._settings.binance_silence_s:g} s") from error

    async def close(self) -> None:
        """Says goodbye, for a second at most."""
        await self._socket.close()

    async def _next_frame(self) -> bytes:
        return self._early.pop(0) if self._early else await self._socket.recv(decode=False)

    async def _subscribe(self) -> None:
        asked = {"method": "SUBSCRIBE", "params": STREAMS, "id": _SUBSCRIBE_ID}
        await self._socket.send(orjson.dumps(asked).decode())
        while len(self._early) < _EARLY_FRAMES_MAX:
            frame = await self._socket.recv(decode=False)
            answer = _answer(frame)
            if answer is None:
                self._early.append(frame)
            elif "result" in answer and answer["result"] is None:
                return
            else:
                raise NotSubscribed(repr(frame[:_SHOWN_BYTES]))
        raise NotSubscribed(f"{_EARLY_FRAMES_MAX} frames, and none is the answer")

    def _heed(self, frame: bytes) -> None:
        """Looks for the notice that the server shuts down: another connection is wanted, soon."""
        if b"serverShutdown" in frame:
            self.leaving.set()


def _answer(frame: bytes) -> dict[str, object] | None:
    """The frame, if it answers a request: `result` and `id`, or an error, whose forms differ."""
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if isinstance(message, dict) and (
        message.get("id") == _SUBSCRIBE_ID or {"code", "error"} & message.keys()
    ):
        return message
    return None


def _connect(host_url: str, settings: Settings) -> connect:
    return connect(
        f"{host_url.rstrip('/')}/stream",
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
        except CONNECTION_ERRORS as error:
            log.info("binance host not reached", host=host_url, why=why(error))
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


def why(error: BaseException) -> str:
    """An error in a word for the log."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
