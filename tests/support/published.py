"""Prices as the order state publishes them, heard by a subscriber of the test's own."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import redis

from domain.instruments import ASSETS
from orders.keys import price_channel

_LISTEN_S = 0.1


@contextmanager
def published_ids(order_state: redis.Redis) -> Iterator[dict[str, list[int]]]:
    """By symbol, the trade ids of the prices published meanwhile, as they came."""
    ids: dict[str, list[int]] = defaultdict(list)
    ended = threading.Event()
    subscriber = order_state.pubsub()  # type: ignore[no-untyped-call]
    subscriber.subscribe(*(price_channel(symbol) for symbol in ASSETS))

    def listen() -> None:
        while not ended.is_set():
            message = subscriber.get_message(timeout=_LISTEN_S)
            if message is not None and message["type"] == "message":
                price = orjson.loads(message["data"])
                ids[price["symbol"]].append(price["tradeId"])

    listener = threading.Thread(target=listen, name="published")
    listener.start()
    try:
        yield ids
    finally:
        ended.set()
        listener.join()
        subscriber.close()
