"""A server of the order state for a benchmark, and a connection that costs the client next to nothing."""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import hiredis
import redis

from orders.library import PREFIX
from runtime.connections import orders_redis
from runtime.settings import Settings
from tests.support.opening import load_and_open
from tests.support.services import running_services
from tests.support.settings import make_settings
from tests.support.waiting import eventually

ELSEWHERE = "redis://nobody.invalid"
# Longer than any run: a price never grows old while a population is built.
STALE_MS = 86_400_000
ANSWER_LIMIT_S = 60.0
REWRITE_LIMIT_S = 120.0
_READ_BYTES = 1 << 18

Words = tuple[str | int, ...]


class Wire:
    """One connection that sends commands packed beforehand, any number at once.

    The client library's own work for a command is more than the server's for a tick; here it is done before
    the clock starts.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.socket = socket.create_connection((parts.hostname, parts.port or 6379), timeout=ANSWER_LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader()
        self.ask(("AUTH", parts.password or ""))

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, *commands: Words) -> list[Any]:
        """The answers to some commands, sent at once."""
        return self.exchange(packed(commands), len(commands))

    def exchange(self, request: bytes, count: int) -> list[Any]:
        """Sends packed commands and takes their answers; raises redis.ResponseError at the first error."""
        self.socket.sendall(request)
        return [self.take() for _ in range(count)]

    def take(self) -> Any:
        """The next answer."""
        while (answer := self._reader.gets()) is False:
            data = self.socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionError("the server closed the connection")
            self._reader.feed(data)
        if isinstance(answer, hiredis.HiredisError):
            raise redis.ResponseError(str(answer))
        return answer


def packed(commands: Iterable[Words]) -> bytes:
    """Commands as the server reads them."""
    return b"".join(hiredis.pack_command(command) for command in commands)  # type: ignore[arg-type]


def call(function: str, tag: str, *args: str | int) -> Words:
    """A call of the library's function in a shard."""
    return ("FCALL", PREFIX + function, 1, tag, *args)


class BenchServer:
    """A server of the order state with the library loaded, set up as in production."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self.client = client
        self.settings = settings

    def wire(self) -> Wire:
        """A new connection."""
        return Wire(self.settings.orders_redis_url)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Without the append-only file: a population is built once and need not outlive the server.

        Afterwards everything is in the file and each answer waits for fsync, as in production.
        """
        self.client.config_set("appendonly", "no")
        yield
        self.client.config_set("appendonly", "yes")
        eventually(self._is_persistent, limit_s=REWRITE_LIMIT_S, what="the append-only file")

    def _is_persistent(self) -> bool:
        info = self.client.info("persistence")
        return not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]

    def used_memory(self) -> int:
        """Bytes that the server has allocated."""
        return int(self.client.info("memory")["used_memory"])

    @contextmanager
    def timed_calls(self) -> Iterator[dict[str, float]]:
        """Fills in at the end what a function call took, by the server's own count.

        call_us: the mean duration of a call; cpu_us: the server's processor time for all that it did, over
        the number of calls: waiting for the processor or the disk is not in it.
        """
        times: dict[str, float] = {}
        self.client.config_resetstat()
        before = self._cpu_us()
        yield times
        cpu_us = self._cpu_us() - before
        stats = self.client.info("commandstats")["cmdstat_fcall"]
        times["call_us"] = float(stats["usec"]) / int(stats["calls"])
        times["cpu_us"] = cpu_us / int(stats["calls"])

    def _cpu_us(self) -> float:
        cpu = self.client.info("cpu")
        return 1e6 * (float(cpu["used_cpu_user_main_thread"]) + float(cpu["used_cpu_sys_main_thread"]))


@contextmanager
def bench_server(**changes: Any) -> Iterator[BenchServer]:
    """Starts one and stops it."""
    with running_services(database_url=ELSEWHERE, redis_url=ELSEWHERE, kafka_brokers=ELSEWHERE) as services:
        settings = make_settings(services, price_stale_ms=STALE_MS, **changes)
        client = orders_redis(settings, name="bench")
        # A rewrite of the file in the middle of a measurement would measure the fork.
        client.config_set("auto-aof-rewrite-percentage", 0)
        load_and_open(client, settings)
        try:
            yield BenchServer(client, settings)
        finally:
            client.close()


def now_us() -> float:
    """A clock for durations."""
    return time.perf_counter() * 1e6
