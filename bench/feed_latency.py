"""From the frame that the poller received to the price that a subscriber of Redis has."""

import statistics
import threading
import time

import orjson

from bench.feed_desk import FeedDesk
from domain.instruments import ASSETS
from runtime.connections import orders_listener

READ_S = 0.2
WARM_UP_TRADES = 500
LAST_LIMIT_S = 30.0


class Subscriber:
    """Reads every price, and notes how old it is, in microseconds."""

    def __init__(self, desk: FeedDesk) -> None:
        self._pubsub = orders_listener(desk.office.settings, name="bench").pubsub()  # type: ignore[no-untyped-call]
        self._pubsub.subscribe(*ASSETS)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, name="subscriber")
        self.ages_us: list[float] = []
        self._thread.start()

    def end(self) -> None:
        """Stops reading."""
        self._ended.set()
        self._thread.join()
        self._pubsub.close()

    def _read(self) -> None:
        while not self._ended.is_set():
            message = self._pubsub.get_message(ignore_subscribe_messages=True, timeout=READ_S)
            if message is not None:
                now_us = time.time_ns() / 1_000
                self.ages_us.append(now_us - orjson.loads(message["data"])["receivedTime"] * 1_000)


def measure_latency(desk: FeedDesk, *, per_s: int, seconds: float) -> dict[str, float]:
    """Microseconds from received to published, at a steady rate of trades."""
    poller = desk.start_feed()
    subscriber = Subscriber(desk)
    try:
        for trades in (WARM_UP_TRADES, int(per_s * seconds)):
            subscriber.ages_us.clear()
            desk.exchange.start_sending(trades, per_s)
            desk.exchange.wait_until_sent(trades / per_s + LAST_LIMIT_S)
            deadline = time.monotonic() + LAST_LIMIT_S
            while len(subscriber.ages_us) < trades:
                assert time.monotonic() < deadline, f"{len(subscriber.ages_us)} of {trades} prices"
                time.sleep(READ_S)
    finally:
        subscriber.end()
        poller.kill()
    return {
        "publish_p50_us": statistics.median(subscriber.ages_us),
        "publish_p99_us": statistics.quantiles(subscriber.ages_us, n=100, method="inclusive")[98],
    }
