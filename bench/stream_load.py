"""Clients of the relay, or a bare one of Redis, in a process of their own: `python -m bench.stream_load`.

It must not be what is slow: while prices come it reads, notes when, and does nothing else; what the bytes say
is read afterwards. Lines on its standard input, each answered by one:

{...}         first: who to be (`Who`); `ready` once every client has subscribed to every asset
stall, read   stops reading, and goes on
reckon {...}  ends reading (`Question`); the answer is JSON (stream_reckon.as_json)
"""

import gc
import sys
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.stream_connect import connect_redis, connect_relay
from bench.stream_frames import Heard
from bench.stream_freshness import Ticks
from bench.stream_reckon import as_json, reckon
from bench.stream_record import Recorder

_STAMP_EVERY = 25


@dataclass(frozen=True, slots=True)
class Who:
    """So many clients of the relay at that port, or one of Redis at that URL."""

    port: int = 0
    clients: int = 0
    redis_url: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """The exchange's file of when trades went out, and the windows in it: numbers of trades."""

    sent: str
    windows: tuple[tuple[int, int], ...]


class Load:
    """The process's work."""

    def __init__(self, who: Who) -> None:
        known: dict[bytes, Heard] = {}
        if who.redis_url:
            connected = [connect_redis(who.redis_url)]
        else:
            connected = [connect_relay(who.port, known) for _ in range(who.clients)]
        self._ears = {one.sock.fileno(): one.ear for one in connected}
        self._recorder = Recorder([one.sock for one in connected], stamp_every=_STAMP_EVERY)
        self._resumed_ns: int | None = None

    def run(self) -> None:
        """Reads until it is asked what came."""
        while line := self._recorder.until_told():
            word, _, rest = line.strip().partition(" ")
            if word == "reckon":
                _say(self._reckon(Question(**orjson.loads(rest))))
                return
            assert word == "stall", line
            _say("stalls")
            assert sys.stdin.readline().strip() == "read"
            self._resumed_ns = time.time_ns()
            _say("reads")

    def _reckon(self, question: Question) -> str:
        until_ns = time.time_ns()
        sent_ns = array("q")
        sent_ns.frombytes(Path(question.sent).read_bytes())
        reckoned = reckon(
            self._recorder.record,
            self._ears,
            Ticks(sent_ns, question.windows),
            since_ns=sent_ns[question.windows[0][0]],
            until_ns=until_ns,
            resumed_ns=self._resumed_ns,
        )
        return orjson.dumps(as_json(reckoned)).decode()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def work() -> None:
    """Connects, and does as it is told."""
    load = Load(Who(**orjson.loads(sys.stdin.readline())))
    # Nothing that lives goes in circles, and a collection would be a pause.
    gc.collect()
    gc.freeze()
    gc.disable()
    _say("ready")
    load.run()


if __name__ == "__main__":
    work()
