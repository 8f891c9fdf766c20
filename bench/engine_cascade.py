"""A crash: one trade that liquidates everybody, and what the others see of it meanwhile."""

import random
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bench.engine_population import BASE, Crowd, make_tick, meanwhile, new_id, tick_call, walk
from bench.engine_server import BenchServer, now_us
from bench.figures import say
from domain.orders import Side
from orders.client import OpenOrder

SYMBOL = "ETH"
# Below every liquidation price of these positions, and still within the deviation band.
CRASH = BASE * 96 // 100
LEVERAGES = (50, 100)
PING_PAUSE_S = 0.0005
IDLE_S = 1.0
# Calls that are shorter aren't logged: the commands inside a call would be, too.
LOGGED_US = 200
CALLS_LOGGED = 100_000


@dataclass(frozen=True, slots=True)
class Cascade:
    """One crash, measured."""

    fires_per_s: float
    call_ms_max: float
    ping_ms_max: float


class Pings:
    """Another connection's pings while something goes on: how long the longest took."""

    def __init__(self, server: BenchServer) -> None:
        self._wire = server.wire()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.ms_max = 0.0

    def __enter__(self) -> "Pings":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._wire.socket.close()

    def _run(self) -> None:
        while not self._over.wait(PING_PAUSE_S):
            began = now_us()
            self._wire.ask(("PING",))
            self.ms_max = max(self.ms_max, (now_us() - began) / 1000)


def measure_cascade(crowd: Crowd, positions: int, *, rounds: int) -> dict[str, float]:
    """Several crashes; medians of each one's rate and of its longest call and ping."""
    with Pings(crowd.server) as idle:
        time.sleep(IDLE_S)
    crashes = [_crash(crowd, positions, random.Random(number)) for number in range(rounds)]
    return {
        "fires_per_s": statistics.median(crash.fires_per_s for crash in crashes),
        "call_ms_max": statistics.median(crash.call_ms_max for crash in crashes),
        "ping_ms_max": statistics.median(crash.ping_ms_max for crash in crashes),
        "idle_ping_ms_max": idle.ms_max,
    }


def _crash(crowd: Crowd, positions: int, chooser: random.Random) -> Cascade:
    say(f"opening {positions:,} positions to liquidate")
    crowd.admit(positions)
    with crowd.server.building():
        for _ in crowd.play(SYMBOL, meanwhile(walk(chooser), _bold_longs(chooser)), positions):
            pass
    _log_calls(crowd)
    with Pings(crowd.server) as pings:
        began = time.perf_counter()
        fired = _apply(crowd)
        duration = time.perf_counter() - began
    assert fired == positions, f"{fired} of {positions} fired"
    longest_ms = _longest_call_ms(crowd)
    crowd.forget(())
    return Cascade(fired / duration, longest_ms, pings.ms_max)


def _bold_longs(chooser: random.Random) -> Iterator[OpenOrder]:
    while True:
        yield OpenOrder(
            order_id=new_id(chooser),
            asset=SYMBOL,
            side=Side.LONG,
            margin=chooser.randint(1_000, 50_000),
            leverage=chooser.choice(LEVERAGES),
        )


def _apply(crowd: Crowd) -> int:
    """The crash, call by call as the poller does it; how many positions it ended."""
    tick, fired, more = tick_call(crowd.tag, make_tick(SYMBOL, CRASH)), 0, True
    while more:
        answer = orjson.loads(crowd.wire.ask(tick)[0])
        assert "refused" not in answer, answer
        fired += int(answer["fired"])
        more = answer["more"] == "1"
    return fired


def _log_calls(crowd: Crowd) -> None:
    """The server notes calls with their duration, which is how long they keep all others waiting."""
    crowd.wire.ask(
        ("CONFIG", "SET", "slowlog-max-len", CALLS_LOGGED),
        ("CONFIG", "SET", "slowlog-log-slower-than", LOGGED_US),
        ("SLOWLOG", "RESET"),
    )


def _longest_call_ms(crowd: Crowd) -> float:
    entries: list[list[Any]]
    _, entries = crowd.wire.ask(("CONFIG", "SET", "slowlog-log-slower-than", -1), ("SLOWLOG", "GET", -1))
    assert len(entries) < CALLS_LOGGED, "the log was too short"
    longest_us: int = max(entry[2] for entry in entries if entry[3][0] == b"FCALL")
    return longest_us / 1000
