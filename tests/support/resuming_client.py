"""A program that follows an account's orders whatever becomes of the relay: it comes back, and resumes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

_PAUSE_S = 0.05
_OPEN_LIMIT_S = 10.0


class ResumingClient:
    """One account's client. told: the order messages as they came, over all of its connections."""

    def __init__(self, url: Callable[[], str], token: str, *, seq: int) -> None:
        """url: where the relay is now. seq: the newest message that it has already."""
        self._url = url
        self._token = token
        self._seq = seq
        self.told: list[dict[str, Any]] = []
        self.snapshots = 0
        self.connections = 0
        self.in_step = False

    async def run(self) -> None:
        """Follows until it is cancelled."""
        while True:
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                async with connect(self._url(), compression=None, open_timeout=_OPEN_LIMIT_S) as connection:
                    await self._follow(connection)
            self.in_step = False
            await asyncio.sleep(_PAUSE_S)

    async def _follow(self, connection: ClientConnection) -> None:
        # First: so nothing comes before what was missed.
        await connection.send(orjson.dumps({"type": "RESUME", "seq": self._seq}).decode())
        await connection.send(orjson.dumps({"type": "AUTH", "token": self._token}).decode())
        async for text in connection:
            message = orjson.loads(text)
            match message["type"]:
                case "AUTHENTICATED":
                    self.connections += 1
                case "RESUMED":
                    self.in_step = True
                case "SNAPSHOT":
                    self.snapshots += 1
                    self._seq = message["seq"]
                case _ if "seq" in message:
                    self.told.append(message)
                    self._seq = message["seq"]
                case kind:
                    raise AssertionError(f"not expected: {kind}")
