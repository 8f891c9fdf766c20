"""A connection for a caller in a hurry: a call and all that is read after it make one round trip."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import hiredis
import redis

CHUNK_BYTES = 65_536
CALLS = ("FCALL", "FCALL_RO")


class Follower(Protocol):
    """Reads something after each call of the library, in the call's own round trip."""

    def asks(self, tag: str) -> list[bytes]:
        """The packed commands to send behind a call to this shard."""

    def hears(self, tag: str, answer: bytes, replies: list[Any]) -> None:
        """What the call answered, and the replies to what was asked behind it."""


class QuickRedis(redis.Redis):
    """A client whose calls of functions go over a socket of their own, with nothing but hiredis between.

    redis-py's own way to the server costs more than what the simulator does with an answer. It never
    reconnects: a server that goes away is the end of the run. Other commands go redis-py's way.
    """

    follower: Follower | None = None
    _socket: socket.socket | None = None

    def dial(self, path: Path, *, timeout_s: float) -> None:
        """Opens the socket to the server, which listens at `path`."""
        self._reader = hiredis.Reader(replyError=redis.ResponseError, encoding="utf-8")
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout_s)
        self._socket.connect(str(path))
        self.round_trip([packed("AUTH", self.connection_pool.connection_kwargs["password"])])

    def close(self) -> None:
        """Closes both connections."""
        if self._socket is not None:
            self._socket.close()
        super().close()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """A function's call, and what its follower asks behind it; any other command as ever."""
        if args[0] not in CALLS:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if self.follower is None:
            return self.round_trip([packed(*args)])[0]
        # The name of a call, its function, the number of keys, the one key: the shard's tag.
        tag = args[3]
        [answer, *replies] = self.round_trip([packed(*args), *self.follower.asks(tag)])
        self.follower.hears(tag, answer, replies)
        return answer

    def round_trip(self, commands: Sequence[bytes]) -> list[Any]:
        """Sends them all, then reads all replies. Raises ResponseError when one of them is an error."""
        assert self._socket is not None
        self._socket.sendall(b"".join(commands))
        replies: list[Any] = []
        while len(replies) < len(commands):
            chunk = self._socket.recv(CHUNK_BYTES)
            if not chunk:
                raise ConnectionError("the server is gone")
            self._reader.feed(chunk)
            # The first is a call's answer, whose reader wants bytes; the others are wanted as text.
            while (reply := self._reader.gets(bool(replies))) is not False:
                replies.append(reply)
        for reply in replies:
            if isinstance(reply, redis.ResponseError):
                raise reply
        return replies


def packed(*words: str | int) -> bytes:
    """A command as it goes over the wire."""
    # Its stub says that a command is one word.
    return cast(bytes, hiredis.pack_command(cast(tuple[str], words)))
