"""Keeps one connection feeding: hosts in turn, and a successor before one is cut.

A connection is followed by the next when it fails. One that is nearly 24 hours old, or whose server says that
it shuts down, goes on feeding while its successor is opened; what that one sends is held until it joins.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

from domain.messages import Tick
from poller.decode import Garbage
from poller.sources.binance.connection import CONNECTION_ERRORS, Connection, why
from poller.sources.binance.overlap import Overlap
from runtime.logs import get_logger
from runtime.pacing import JitteredBackoff
from runtime.settings import Settings

_FIRST_PAUSE_S = 0.25
# Desks that were started together should not all reconnect together.
_AGE_JITTER = 0.02

log = get_logger(__name__)


class Reading:
    """A connection with the task that reads it; it holds its trades until it feeds."""

    def __init__(self, connection: Connection, *, due_at: float) -> None:
        self.connection = connection
        self.due_at = due_at
        self.overlap: Overlap | None = Overlap()
        # It gave a trade while it fed.
        self.works = False
        self.task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether the connection is gone."""
        return self.task is not None and self.task.done()

    async def until_due(self) -> None:
        """Returns when the connection has ended, or should get a successor."""
        assert self.task is not None
        leaving = asyncio.create_task(self.connection.leaving.wait())
        try:
            left_s = max(0.0, self.due_at - asyncio.get_running_loop().time())
            await asyncio.wait({self.task, leaving}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()

    async def close(self) -> None:
        """Ends the reading and the connection."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.connection.close()


class Stream:
    """The feed's connections. It runs for ever; only being cancelled ends it."""

    def __init__(
        self,
        settings: Settings,
        *,
        last: Mapping[str, int],
        on_tick: Callable[[Tick], bool],
        on_garbage: Callable[[Garbage, bytes], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        """last: by symbol, the newest trade id given out; kept by whom `on_tick` tells.

        on_tick: given each trade in its turn, repeated and missing ids as they come; says whether to wait
        for `room` before the next.
        """
        self._settings = settings
        self._last = last
        self._on_tick = on_tick
        self._on_garbage = on_garbage
        self._room = room
        self._backoff = JitteredBackoff(_FIRST_PAUSE_S, settings.reconnect_delay_max_s)
        self._pause_s = 0.0
        self._tried = 0
        self._feeding: Reading | None = None
        self._successor: Reading | None = None
        self._joined = asyncio.Event()
        self.connects = 0
        self.reconnects = 0
        self.handovers = 0

    async def run(self) -> None:
        """Feeds from one connection after the other."""
        try:
            feeding = await self._open()
            self._feed_from(feeding)
            while True:
                await feeding.until_due()
                feeding = await self._follow(feeding)
        finally:
            for reading in (self._feeding, self._successor):
                if reading is not None:
                    await reading.close()

    async def _follow(self, feeding: Reading) -> Reading:
        """Opens a successor and hands over to it; which connection feeds now."""
        if feeding.ended:
            self._lost(feeding)
        else:
            log.info("binance connection gets a successor", host=feeding.connection.host_url)
        successor = self._successor = await self._open()
        if not feeding.ended:
            await self._overlap(feeding, successor)
        self._successor = None
        if successor.ended and not feeding.ended:
            # The old one goes on; another successor is tried after a pause.
            self._lost(successor)
            await successor.close()
            return feeding
        if feeding.ended:
            self._check(feeding)
            self.reconnects += 1
        else:
            self.handovers += 1
            log.info("binance connection handed over", to=successor.connection.host_url)
        self._feed_from(successor)
        await feeding.close()
        return successor

    async def _overlap(self, feeding: Reading, successor: Reading) -> None:
        """Until the successor joins, one of the two is gone, or the time for it is over."""
        assert feeding.task is not None
        assert successor.task is not None
        joined = asyncio.create_task(self._joined.wait())
        try:
            await asyncio.wait(
                {joined, feeding.task, successor.task},
                timeout=self._settings.binance_handover_max_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            joined.cancel()

    def _feed_from(self, reading: Reading) -> None:
        """Gives out what the connection has sent so far, and from now on whatever it sends."""
        self._feeding = reading
        overlap, reading.overlap = reading.overlap, None
        assert overlap is not None
        # Without a pause in between: nothing that comes meanwhile may overtake these.
        for tick in overlap.held:
            self._on_tick(tick)

    async def _open(self) -> Reading:
        """The next host that accepts and subscribes; tries for ever."""
        hosts = self._settings.binance_stream_urls
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._pause_s)
            self._pause_s = 0.0
            host_url = hosts[self._tried % len(hosts)]
            self._tried += 1
            self.connects += 1
            try:
                connection = await Connection.open(host_url, self._settings)
            except CONNECTION_ERRORS as error:
                self._pause(host_url, error)
                continue
            log.info("binance connected", host=host_url)
            age_s = self._settings.binance_connection_max_s * random.uniform(1 - _AGE_JITTER, 1.0)
            reading = Reading(connection, due_at=loop.time() + age_s)
            self._joined.clear()
            reading.task = asyncio.create_task(self._read(reading))
            return reading

    async def _read(self, reading: Reading) -> None:
        def on_tick(tick: Tick) -> bool:
            full = False
            if reading.overlap is not None:
                reading.overlap.hold(tick)
            else:
                full = self._on_tick(tick)
                if not reading.works:
                    # The next pause is a short one again.
                    reading.works = True
                    self._backoff.reset()
            if self._successor is not None:
                self._look_for_the_join(self._successor)
            return full

        await reading.connection.read(on_tick, self._on_garbage, room=self._room)

    def _look_for_the_join(self, successor: Reading) -> None:
        if successor.overlap is not None and successor.overlap.joins(self._last):
            self._joined.set()

    def _lost(self, reading: Reading) -> None:
        self._pause(reading.connection.host_url, self._check(reading))

    def _check(self, reading: Reading) -> BaseException:
        """How a connection ended; raises what is no connection's error."""
        assert reading.task is not None
        error = reading.task.exception()
        assert error is not None
        if not isinstance(error, CONNECTION_ERRORS):
            raise error
        return error

    def _pause(self, host_url: str, error: BaseException) -> None:
        self._pause_s = self._backoff.next_s()
        log.warning("binance disconnected", host=host_url, why=why(error), pause_s=round(self._pause_s, 2))
