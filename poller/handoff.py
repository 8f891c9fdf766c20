"""From the event loop that reads the feed to the thread that writes to the sinks: a bounded queue.

The sinks' clients are synchronous; the loop must stay free to read frames and answer pings meanwhile. When
the queue is full the source waits: nothing is dropped, the exchange or the file is slowed down.
"""

import asyncio
import queue
from collections import Counter
from contextlib import suppress

from domain.messages import Tick
from orders.ticks import TICKS_OF_ASSET_MAX
from runtime.logs import get_logger
from runtime.pacing import Seldom

# A wake-up that got lost would only cost this much.
_ROOM_CHECK_S = 0.05

log = get_logger(__name__)


class Handoff:
    """One side awaits `put` in an event loop, the other calls `get` in one thread."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._queue: queue.SimpleQueue[Tick | None] = queue.SimpleQueue()
        self._room = asyncio.Event()
        # The loop that waits for room, while it does.
        self._waiting: asyncio.AbstractEventLoop | None = None
        self._full = Seldom(30.0)
        # Taken from the queue, but not of the ticks that go out together now.
        self._ahead: Tick | None = None
        self._ended = False

    @property
    def depth(self) -> int:
        """Ticks waiting for the sinks."""
        return self._queue.qsize() + (self._ahead is not None)

    @property
    def drained(self) -> bool:
        """Nothing more will come: closed, and everything taken."""
        return self._ended and self._ahead is None

    async def put(self, tick: Tick) -> None:
        """Hands a tick over, after waiting for room."""
        if self._queue.qsize() >= self._capacity:
            await self._wait_for_room()
        self._queue.put(tick)

    def get(self, timeout_s: float) -> list[Tick]:
        """The next ticks as they wait, as many as may go out together; none when none came in time."""
        tick = self._ahead or self._take(timeout_s)
        ticks: list[Tick] = []
        of_asset: Counter[str] = Counter()
        while tick is not None and of_asset[tick.symbol] < TICKS_OF_ASSET_MAX:
            of_asset[tick.symbol] += 1
            ticks.append(tick)
            tick = self._take(0.0)
        self._ahead = tick
        return ticks

    def close(self) -> None:
        """No more ticks: those handed over may still be taken."""
        self._queue.put(None)

    def _take(self, timeout_s: float) -> Tick | None:
        if self._ended:
            return None
        try:
            tick = self._queue.get(timeout=timeout_s) if timeout_s else self._queue.get_nowait()
        except queue.Empty:
            return None
        if tick is None:
            self._ended = True
        # The source is woken when half is free, not for every single place.
        elif (loop := self._waiting) and self._queue.qsize() <= self._capacity // 2:
            self._waiting = None
            loop.call_soon_threadsafe(self._room.set)
        return tick

    async def _wait_for_room(self) -> None:
        if times := self._full.due():
            log.info("feed waits for its sinks", depth=self.depth, times=times)
        try:
            while True:
                self._room.clear()
                # Set before looking again: from then on the other side tells when it has taken enough.
                self._waiting = asyncio.get_running_loop()
                if self._queue.qsize() < self._capacity:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(_ROOM_CHECK_S):
                        await self._room.wait()
        finally:
            self._waiting = None
