"""What bench.feed works with: the servers, the exchange, and the processes of the desk that carry trades."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from queue import Empty, Queue
from typing import Any

import redis

from poller.reports import PROCESS
from runtime.connections import queue_redis
from runtime.figures import read_figures
from tests.support.back_office import ROOT, BackOffice, DeskProcess
from tests.support.opening import load_and_open
from tests.support.trade_desk import trade_desk
from tests.support.waiting import eventually

# Nothing is missing here but what came before the first trade.
NO_REST = "http://127.0.0.1:9"
ADDRESS_LIMIT_S = 20.0
CONNECT_LIMIT_S = 20.0
# The exchange's own limit to find a subscriber, and a rest.
SEND_REST_S = 60.0


class Exchange:
    """The process that is Binance here."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.feed_exchange"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._read, name="exchange", daemon=True).start()
        self.url = self._line(ADDRESS_LIMIT_S)

    def start_sending(self, trades: int, per_s: int = 0) -> None:
        """So many trades, at that rate or as fast as they are taken."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{trades} {per_s}\n")
        self._process.stdin.flush()

    def wait_until_sent(self, limit_s: float) -> float:
        """The seconds that sending took."""
        return float(self._line(limit_s + SEND_REST_S))

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())

    def _line(self, limit_s: float) -> str:
        try:
            return self._lines.get(timeout=limit_s)
        except Empty:
            raise AssertionError(f"the exchange said nothing within {limit_s} s") from None


class FeedDesk:
    """The desk's part that carries trades: what is started, and what the poller tells of itself."""

    def __init__(self, office: BackOffice, exchange: Exchange, queues: redis.Redis) -> None:
        self.office = office
        self.exchange = exchange
        self._queues = queues

    def start_feed(
        self, module: str = "poller.main", *, core: int | None = None, **changed: Any
    ) -> DeskProcess:
        """The poller, or what stands in for it; on one core alone, if asked for."""
        self._queues.flushdb()
        load_and_open(self.office.order_state, self.office.settings)
        process = self.office.start(
            module,
            market_feed="binance",
            binance_stream_urls=self.exchange.url,
            binance_rest_urls=NO_REST,
            **changed,
        )
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        eventually(
            lambda: "binance connected" in process.output, limit_s=CONNECT_LIMIT_S, what="the feed to connect"
        )
        return process

    def figures(self) -> dict[str, int | float]:
        """What the feed has published."""
        return read_figures(self._queues, PROCESS)

    def delivered(self) -> int:
        """Trades that are a price in Redis, and that Kafka has acknowledged."""
        return int(self.figures().get("kafka_delivered", 0))


@contextmanager
def feed_desk() -> Iterator[FeedDesk]:
    """Servers that keep what they answered, the exchange beside them; no process of the desk runs yet."""
    with (
        closing(Exchange()) as exchange,
        trade_desk(own_orders=True) as office,
        closing(queue_redis(office.settings, name="bench")) as queues,
    ):
        yield FeedDesk(office, exchange, queues)
