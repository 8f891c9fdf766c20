"""What a client of the relay, or of Redis, has heard. Pure; strict: what a browser would refuse is broken.

RFC 6455, section 5: from a server come whole text frames, unmasked, none with an extension's bits, lengths in
their shortest form; between them pings and pongs; a close frame is the last.
"""

from dataclasses import dataclass
from typing import Any

import hiredis
import orjson

from domain.instruments import ASSETS

_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_CONTROL_BYTES_MAX = 125
_LENGTH_16, _LENGTH_64 = 126, 127
# The relay has nothing so long to say.
_FRAME_BYTES_MAX = 1 << 20
_NO_CODE = 1005
_NUMBERS = {
    *("bidPrice", "askPrice", "lastPrice", "decimals", "time", "tradeId", "eventTime", "receivedTime"),
}
_PRICE_FIELDS = {*_NUMBERS, "symbol", "source"}
_ASSETS = {symbol: number for number, symbol in enumerate(ASSETS)}

# Number of the asset, id of the trade, when the poller had it (microseconds since the epoch).
Price = tuple[int, int, int]


class BrokenFrame(ValueError):
    """Bytes that no client would take; says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What some bytes say, in their order. rest: the beginning of a frame whose end hasn't come."""

    prices: tuple[Price, ...]
    replies: tuple[str, ...]
    pings: int
    close_code: int | None
    rest: bytes


def heard_in(data: bytes) -> Heard:
    """The frames of a connection's bytes, from the beginning of one on. Raises BrokenFrame."""
    prices: list[Price] = []
    replies: list[str] = []
    pings, close_code, place = 0, None, 0
    while (head := _head(data, place)) is not None:
        if close_code is not None:
            raise BrokenFrame("a frame after the close frame")
        first, begin, length = head
        if begin + length > len(data):
            break
        payload, place = data[begin : begin + length], begin + length
        if first == _TEXT:
            message = _message(payload)
            if message["type"] == "PRICE_UPDATE":
                prices.append(read_price(message.get("data")))
            else:
                replies.append(message["type"])
        elif first == _CLOSE:
            close_code = _close_code(payload)
        elif first == _PING:
            pings += 1
    if close_code is not None and place < len(data):
        raise BrokenFrame("bytes after the close frame")
    return Heard(tuple(prices), tuple(replies), pings, close_code, data[place:])


def _head(data: bytes, place: int) -> tuple[int, int, int] | None:
    """First byte, where the payload begins, its length; None while that isn't known."""
    if place + 2 > len(data):
        return None
    first, length = data[place], data[place + 1]
    if first not in (_TEXT, _CLOSE, _PING, _PONG):
        raise BrokenFrame(f"a frame that begins with {first:#04x}")
    if length > _LENGTH_64:
        raise BrokenFrame("a masked frame")
    if length < _LENGTH_16:
        return first, place + 2, length
    if first != _TEXT:
        raise BrokenFrame("a control frame that is too long")
    begin = place + (4 if length == _LENGTH_16 else 10)
    if begin > len(data):
        return None
    shortest = _LENGTH_16 if length == _LENGTH_16 else 1 << 16
    length = int.from_bytes(data[place + 2 : begin])
    if not shortest <= length <= _FRAME_BYTES_MAX:
        raise BrokenFrame(f"a frame said to be {length} bytes long")
    return first, begin, length


def _message(payload: bytes) -> dict[str, Any]:
    try:
        message = orjson.loads(payload)
    except ValueError as error:
        raise BrokenFrame("a frame that is no JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BrokenFrame("a frame that is no message")
    return message


def _close_code(payload: bytes) -> int:
    if not payload:
        return _NO_CODE
    if not 2 <= len(payload) <= _CONTROL_BYTES_MAX:
        raise BrokenFrame("a close frame with half a code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError as error:
        raise BrokenFrame("a close frame whose reason is no text") from error
    return int.from_bytes(payload[:2])


def read_price(data: object) -> Price:
    """A price as it is published. Raises BrokenFrame."""
    if not isinstance(data, dict) or data.keys() != _PRICE_FIELDS or data["symbol"] not in _ASSETS:
        raise BrokenFrame(f"no price: {data!r}")
    if not all(type(data[name]) in (int, float) for name in _NUMBERS) or type(data["tradeId"]) is not int:
        raise BrokenFrame(f"a price whose numbers aren't: {data!r}")
    return _ASSETS[data["symbol"]], data["tradeId"], round(data["receivedTime"] * 1_000)


class FrameEar:
    """One client of the relay: what its bytes say, as they come."""

    tells_receipt = False

    def __init__(self, known: dict[bytes, Heard]) -> None:
        """known: what bytes say, for all clients: most of them get the same."""
        self._known = known
        self._rest = b""
        self.broken: str | None = None
        self.close_code: int | None = None
        self.pings = 0

    @property
    def is_cut(self) -> bool:
        """Whether a frame has begun that hasn't ended."""
        return bool(self._rest)

    def hear(self, data: bytes) -> Heard:
        """What these bytes end. Of a stream that is broken nothing more is understood."""
        if self.broken is not None:
            return _NOTHING
        if self._rest:
            data = self._rest + data
        heard = self._known.get(data)
        try:
            if self.close_code is not None and data:
                raise BrokenFrame("bytes after the close frame")
            if heard is None:
                heard = self._known[data] = heard_in(data)
        except BrokenFrame as error:
            self.broken = str(error)
            return _NOTHING
        self._rest = heard.rest
        self.pings += heard.pings
        self.close_code = heard.close_code if self.close_code is None else self.close_code
        return heard


class RedisEar:
    """A bare subscriber of Redis. Of its prices it is told when the poller received them."""

    tells_receipt = True

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self.broken: str | None = None
        self.close_code: int | None = None
        self.pings = 0
        self.is_cut = False

    def hear(self, data: bytes) -> Heard:
        """What these bytes end."""
        prices: list[Price] = []
        replies: list[str] = []
        self._reader.feed(data)
        while (message := self._reader.gets()) is not False:
            if isinstance(message, list) and message[0] == b"message":
                prices.append(read_price(orjson.loads(message[2])))
            else:
                replies.append(str(message))
        return Heard(tuple(prices), tuple(replies), 0, None, b"")


Ear = FrameEar | RedisEar
_NOTHING = Heard((), (), 0, None, b"")
