"""What bench.feed works with: the servers, the exchange, and the processes of the desk that carry trades."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import redis

from bench.child import Child
from poller.reports import PROCESS
from runtime.connections import queue_redis
from runtime.figures import read_figures
from tests.support.back_office import BackOffice, DeskProcess
from tests.support.opening import load_and_open
from tests.support.trade_desk import trade_desk
from tests.support.waiting import eventually

# Nothing is missing here but what came before the first trade.
NO_REST = "http://127.0.0.1:9"
ADDRESS_LIMIT_S = 20.0
CONNECT_LIMIT_S = 20.0
# The exchange's own limit to find a subscriber, and a rest.
SEND_REST_S = 60.0


class Exchange(Child):
    """The process that is Binance here."""

    def __init__(self, module: str = "bench.feed_exchange") -> None:
        super().__init__(module)
        self.url = self.answer(ADDRESS_LIMIT_S)

    def start_sending(self, trades: int, per_s: int = 0) -> None:
        """So many trades, at that rate or as fast as they are taken."""
        self.tell(f"{trades} {per_s}")

    def wait_until_sent(self, limit_s: float) -> float:
        """The seconds that sending took."""
        return float(self.answer(limit_s + SEND_REST_S))


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
def feed_desk(new_exchange: Callable[[], Exchange] = Exchange) -> Iterator[FeedDesk]:
    """Servers that keep what they answered, the exchange beside them; no process of the desk runs yet."""
    with (
        closing(new_exchange()) as exchange,
        trade_desk(own_orders=True) as office,
        closing(queue_redis(office.settings, name="bench")) as queues,
    ):
        yield FeedDesk(office, exchange, queues)
