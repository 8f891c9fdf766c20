"""What one client of a small Binance is subscribed to; documented in "WebSocket Streams"."""

import json
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

from domain.instruments import ASSET_BY_MARKET

STREAMS_MAX = 1024
MESSAGES_PER_S_MAX = 5
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS")
_KNOWN = {f"{market.lower()}@aggTrade" for market in ASSET_BY_MARKET}


class Subscriptions:
    """One client's streams, and the answers to what it sends."""

    def __init__(self, path: str) -> None:
        self.streams: list[str] = list(streams_of(path))
        self._came: deque[float] = deque(maxlen=MESSAGES_PER_S_MAX)

    def too_fast(self) -> bool:
        """Counts a message; whether it is one too many within a second."""
        now = time.monotonic()
        fast = len(self._came) == MESSAGES_PER_S_MAX and now - self._came[0] < 1.0
        self._came.append(now)
        return fast

    def answer(self, frame: str | bytes) -> dict[str, Any]:
        """The answer to a client's frame: `result` and `id`, or an error's `code` and `msg`."""
        try:
            asked = json.loads(frame)
        except ValueError:
            return {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}
        if not isinstance(asked, dict) or "method" not in asked:
            return _invalid("missing field `method` at line 1 column 73")
        number = asked.get("id")
        if isinstance(number, bool) or not (number is None or isinstance(number, int | str)):
            return _invalid("request ID must be an unsigned integer")
        if asked["method"] not in METHODS:
            known = ", ".join(f"`{method}`" for method in METHODS)
            return _invalid(f"unknown variant {asked['method']}, expected one of {known}", number)
        if asked["method"] == "LIST_SUBSCRIPTIONS":
            return {"result": list(self.streams), "id": number}
        return self._change(asked["method"], asked.get("params"), number)

    def _change(self, method: str, names: object, number: object) -> dict[str, Any]:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return _invalid("params must be a list of stream names", number)
        if method == "UNSUBSCRIBE":
            self.streams = [name for name in self.streams if name not in names]
            return {"result": None, "id": number}
        if unknown := set(names) - _KNOWN:
            return _invalid(f"invalid stream {sorted(unknown)[0]}", number)
        if len(self.streams) + len(names) > STREAMS_MAX:
            return _invalid("too many streams", number)
        self.streams += [name for name in names if name not in self.streams]
        return {"result": None, "id": number}


def _invalid(what: str, number: object = None) -> dict[str, Any]:
    return {"code": 2, "msg": f"Invalid request: {what}", "id": number}


def is_combined(path: str) -> bool:
    """Whether the path is that of combined streams."""
    return urlsplit(path).path == "/stream"


def streams_of(path: str) -> tuple[str, ...]:
    """The streams that a path asks for."""
    names = parse_qs(urlsplit(path).query).get("streams", [""])[0]
    return tuple(filter(None, names.split("/")))
