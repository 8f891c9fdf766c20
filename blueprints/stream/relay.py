"""The relay: one Redis subscription for the process, fanned out to its clients."""

from collections import defaultdict
from typing import Any

import gevent
import orjson
import redis
from gevent.event import Event
from redis.backoff import NoBackoff
from redis.retry import Retry

from blueprints import render
from blueprints.stream.client import Client
from blueprints.stream.frames import GOING_AWAY, INTERNAL_ERROR, TRY_AGAIN_LATER, text_frame
from blueprints.stream.protocol import price_update
from domain.instruments import ASSETS
from domain.orders import EventId, OrderEvent
from orders.keys import orders_channel, price_channel, shard_of
from runtime.connections import orders_listener
from runtime.logs import get_logger
from runtime.settings import Settings

RECONNECT_S = 0.2
SUBSCRIBE_S = 2.0

log = get_logger(__name__)


class Relay:
    """Clients by the channel they want, and the greenlet that reads Redis for them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: set[Client] = set()
        self._wanted: dict[str, set[Client]] = defaultdict(set)
        self._confirmed: dict[str, Event] = {}
        self._newest: dict[str, bytes] = {}
        self._symbols = {price_channel(symbol): symbol for symbol in ASSETS}
        self._pubsub: Any = None
        # Prices come in, or Redis is known to be away.
        self._listening = Event()
        self._reader: gevent.Greenlet | None = None

    def join(self, client: Client) -> bool:
        """Takes a client in; False when the relay is full."""
        if len(self._clients) >= self._settings.stream_clients_max:
            return False
        self._clients.add(client)
        if self._reader is None:
            # Not before the first client: a greenlet made before the worker forked would be the master's.
            self._reader = gevent.spawn(self._read)
            self._reader.link_exception(self._give_up)
        return True

    def leave(self, client: Client) -> None:
        """Forgets a client and what only it wanted."""
        self._clients.discard(client)
        for symbol in ASSETS:
            self.unwant_prices(client, symbol)
        self.unwant_orders(client)

    def await_prices(self) -> None:
        """Waits, right after the start only, until prices come in: no later one is missed then."""
        self._listening.wait(SUBSCRIBE_S)

    def want_prices(self, client: Client, symbol: str) -> None:
        """From now on the asset's prices, beginning with the newest known."""
        self._wanted[price_channel(symbol)].add(client)
        if newest := self._newest.get(symbol):
            client.offer_price(symbol, newest)

    def unwant_prices(self, client: Client, symbol: str) -> None:
        """No more of the asset's prices."""
        self._wanted[price_channel(symbol)].discard(client)

    def want_orders(self, client: Client, user_id: str) -> bool:
        """From now on the account's order messages; True once Redis has confirmed it."""
        channel = orders_channel(user_id)
        client.user_id = user_id
        self._wanted[channel].add(client)
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = Event()
            self._subscribe(channel)
        return bool(confirmed.wait(SUBSCRIBE_S))

    def unwant_orders(self, client: Client) -> None:
        """No more order messages."""
        if client.user_id is None:
            return
        channel = orders_channel(client.user_id)
        client.user_id = None
        self._wanted[channel].discard(client)
        if not self._wanted[channel]:
            del self._wanted[channel]
            self._confirmed.pop(channel, None)
            self._unsubscribe(channel)

    def stop(self) -> None:
        """Tells every client that the process is going."""
        for client in tuple(self._clients):
            client.close(GOING_AWAY, "the relay is restarting")

    def _subscribe(self, channel: str) -> None:
        if self._pubsub is not None:
            try:
                self._pubsub.subscribe(channel)
            except redis.RedisError:
                # The reader meets the same error, connects again, and subscribes to all that is wanted.
                log.info("subscription waits for redis")

    def _unsubscribe(self, channel: str) -> None:
        if self._pubsub is not None:
            try:
                self._pubsub.unsubscribe(channel)
            except redis.RedisError:
                log.info("redis is away")

    def _read(self) -> None:
        while True:
            try:
                with self._listener() as client, client.pubsub() as pubsub:
                    subscribed = set(self._confirmed)
                    pubsub.subscribe(*self._symbols, *subscribed)
                    self._pubsub = pubsub
                    # Wanted while the connection was being made: nobody has asked Redis for these.
                    if late := self._confirmed.keys() - subscribed:
                        pubsub.subscribe(*late)
                    self._dispatch_all(pubsub)
            except redis.RedisError as error:
                self._pubsub = None
                self._listening.set()
                log.warning("redis lost", error=type(error).__name__)
                self._drop_followers()
                gevent.sleep(RECONNECT_S)

    def _listener(self) -> redis.Redis:
        client = orders_listener(self._settings, name="relay")
        # A lost connection must be seen, not mended behind our back: messages were missed meanwhile.
        client.set_retry(Retry(NoBackoff(), 0))
        return client

    def _dispatch_all(self, pubsub: Any) -> None:
        while True:
            message = pubsub.get_message(timeout=1.0)
            if message is None:
                continue
            channel = message["channel"].decode()
            if message["type"] == "message":
                self._dispatch(channel, message["data"])
            elif message["type"] == "subscribe" and channel in self._symbols:
                self._listening.set()
            elif message["type"] == "subscribe" and channel in self._confirmed:
                self._confirmed[channel].set()

    def _dispatch(self, channel: str, data: bytes) -> None:
        clients = self._wanted.get(channel, ())
        symbol = self._symbols.get(channel)
        if symbol is not None:
            frame = price_update(data)
            self._newest[symbol] = frame
            for client in clients:
                client.offer_price(symbol, frame)
            return
        if clients:
            frame = self._order_frame(orjson.loads(data))
            for client in tuple(clients):
                client.offer_order(frame)

    def _order_frame(self, fields: dict[str, str]) -> bytes:
        event_id = EventId.parse(fields.pop("event_id"))
        shard = shard_of(fields["user_id"], self._settings.order_shards)
        event = OrderEvent.from_fields(event_id, shard, fields)
        return text_frame(orjson.dumps(render.order_message(event)))

    def _give_up(self, _reader: gevent.Greenlet) -> None:
        """What the reader can't go on from (gevent prints it) ends all connections; the next starts it."""
        self._reader, self._pubsub = None, None
        self._confirmed.clear()
        for client in tuple(self._clients):
            client.close(INTERNAL_ERROR, "the relay failed")

    def _drop_followers(self) -> None:
        """Messages may have been missed: whoever follows an account connects again and reads it anew."""
        self._confirmed.clear()
        for client in tuple(self._clients):
            if client.user_id is not None:
                client.close(TRY_AGAIN_LATER, "order messages were interrupted")
