"""Ticks on their way out of the source: put by whoever reads them, taken by who asked for them."""

import asyncio
from collections import deque

from domain.messages import Tick


class Outlet:
    """A queue in one event loop. `put` never waits; who puts asks whether it is full, and waits for room."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._ticks: deque[Tick] = deque()
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether to wait for room before the next put."""
        return len(self._ticks) >= self._capacity

    def put(self, tick: Tick) -> None:
        """Appends a tick."""
        self._ticks.append(tick)
        self._some.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._some.set()

    async def get(self) -> Tick | None:
        """The next tick; None when it is closed and empty."""
        while not self._ticks:
            if self._closed:
                return None
            self._some.clear()
            await self._some.wait()
        tick = self._ticks.popleft()
        if len(self._ticks) <= self._capacity // 2:
            self._room.set()
        return tick

    async def room(self) -> None:
        """Waits until half is free."""
        while self.full:
            self._room.clear()
            await self._room.wait()
