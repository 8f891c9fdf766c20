"""What a client may say, and what it is told. Pure: no socket, no Redis. See docs/stream.md."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from blueprints.stream.frames import text_frame
from domain.instruments import ASSETS

# As far as JavaScript counts exactly.
_SEQ_MAX = 2**53 - 1


class Unreadable(ValueError):
    """A message that isn't one of the protocol's; its text is for the client."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Prices of an asset, please."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """No more of them."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? sent_at: whatever number the client wants to have back with the relay's time."""

    sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class Authenticate:
    """This is who I am."""

    token: str


@dataclass(frozen=True, slots=True)
class Resume:
    """I have the account's messages up to this one."""

    seq: int


ClientMessage = Subscribe | Unsubscribe | Ping | Authenticate | Resume


def parse(text: str | bytes) -> ClientMessage:
    """One frame as a message. Raises Unreadable."""
    try:
        message = orjson.loads(text)
    except ValueError as error:
        raise Unreadable('send JSON objects, like {"type": "PING"}') from error
    if not isinstance(message, dict):
        raise Unreadable('send JSON objects, like {"type": "PING"}')
    reader = _READERS.get(str(message.get("type")))
    if reader is None:
        raise Unreadable(f"type must be one of {', '.join(_READERS)}")
    return reader(message)


def reply(kind: str, **fields: Any) -> bytes:
    """A message of the server, framed."""
    return text_frame(orjson.dumps({"type": kind, **fields}))


def pong(ping: Ping, now_ms: float) -> bytes:
    """The answer to a ping; with the relay's clock to one that wants to compare clocks."""
    if ping.sent_at is None:
        return reply("PONG")
    return reply("PONG", sentAt=ping.sent_at, time=now_ms)


def unauthenticated(message: str) -> bytes:
    """Why no order messages come, or come no longer."""
    return reply("UNAUTHENTICATED", message=message)


def price_update(data: bytes) -> bytes:
    """A price as it was published, framed: encoded once, whoever reads it."""
    return text_frame(b'{"type":"PRICE_UPDATE","data":' + data + b"}")


def _symbol(message: dict[str, Any]) -> str:
    symbol = message.get("symbol")
    if not isinstance(symbol, str) or symbol not in ASSETS:
        raise Unreadable(f"symbol must be one of {', '.join(ASSETS)}")
    return symbol


def _token(message: dict[str, Any]) -> str:
    token = message.get("token")
    if not isinstance(token, str):
        raise Unreadable("AUTH needs a token")
    return token


def _sent_at(message: dict[str, Any]) -> float | None:
    sent_at = message.get("sentAt")
    if sent_at is not None and not _is_number(sent_at):
        raise Unreadable("sentAt must be a number")
    return sent_at


def _seq(message: dict[str, Any]) -> int:
    seq = message.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= _SEQ_MAX:
        raise Unreadable("RESUME needs seq: the number of the newest order message that you have, 0 for none")
    return seq


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_READERS: dict[str, Callable[[dict[str, Any]], ClientMessage]] = {
    "SUBSCRIBE": lambda message: Subscribe(_symbol(message)),
    "UNSUBSCRIBE": lambda message: Unsubscribe(_symbol(message)),
    "PING": lambda message: Ping(_sent_at(message)),
    "AUTH": lambda message: Authenticate(_token(message)),
    "RESUME": lambda message: Resume(_seq(message)),
}
