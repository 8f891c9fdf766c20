"""What a client may say, and what it is told. Pure: no socket, no Redis."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from blueprints.stream.frames import text_frame
from domain.instruments import ASSETS


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
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """This is who I am."""

    token: str


ClientMessage = Subscribe | Unsubscribe | Ping | Authenticate


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


_READERS: dict[str, Callable[[dict[str, Any]], ClientMessage]] = {
    "SUBSCRIBE": lambda message: Subscribe(_symbol(message)),
    "UNSUBSCRIBE": lambda message: Unsubscribe(_symbol(message)),
    "PING": lambda _message: Ping(),
    "AUTH": lambda message: Authenticate(_token(message)),
}
