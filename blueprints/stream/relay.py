"""The relay: what Redis publishes, given to who wants it."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import gevent
import orjson

from blueprints import render
from blueprints.stream.client import Client
from blueprints.stream.collecting import Collecting
from blueprints.stream.following import Following, Interrupted, TooFarBehind
from blueprints.stream.frames import (
    GOING_AWAY,
    INTERNAL_ERROR,
    POLICY_VIOLATION,
    TRY_AGAIN_LATER,
    text_frame,
)
from blueprints.stream.hops import Hops
from blueprints.stream.prices import Prices, bit_of
from blueprints.stream.protocol import price_update, unauthenticated
from blueprints.stream.rounds import Rounds
from blueprints.stream.subscriptions import Subscriptions
from domain.instruments import ASSETS
from domain.orders import EventId, OrderEvent
from orders.keys import orders_channel, price_channel, shard_of
from runtime.logs import get_logger
from runtime.settings import Settings

_ENDS_PATIENCE_S = 0.2
_RESTARTING = "the relay is restarting"
_SYMBOLS = {price_channel(symbol): symbol for symbol in ASSETS}

log = get_logger(__name__)


class Relay:
    """The clients of a process, by what they want, and the greenlets that serve them."""

    def __init__(
        self,
        settings: Settings,
        *,
        market: Callable[..., Subscriptions],
        ends: Callable[..., Subscriptions],
        ended_channel: str,
        hops: Hops,
    ) -> None:
        """market, ends: make the subscriptions to the order state's channels, and to the one that names the
        credentials that have ended."""
        self._settings = settings
        self._hops = hops
        self._prices = Prices()
        self._rounds = Rounds(self._prices, on_round=hops.round_done)
        self._market = market(on_message=self._dispatch, on_lost=self._interrupted)
        self._ends = ends(on_message=self._ended, on_lost=lambda: None)
        self._ended_channel = ended_channel
        # The web process serves requests besides, and keeps to Python's own schedule.
        self._collecting = Collecting() if settings.process == "stream" else None
        self._clients: set[Client] = set()
        self._watching: dict[str, set[Client]] = defaultdict(set)
        self._followers: dict[str, dict[Client, Following]] = defaultdict(dict)
        self._holders: dict[str, set[Client]] = defaultdict(set)
        self._greenlets: list[gevent.Greenlet] = []
        self._is_stopping = False

    def make_client(self, sock: Any) -> Client:
        """What writes to this socket; it hasn't joined yet."""
        return Client(sock, self._settings, self._hops, on_ready=self._rounds.begin)

    def join(self, client: Client) -> bool:
        """Takes a client in; False, and the client is being closed, when the relay stops or is full."""
        if self._is_stopping:
            # gunicorn accepts for up to a second more, and who was sent away may be back by then: taken in,
            # it would keep the process until that is killed.
            client.close(GOING_AWAY, _RESTARTING)
            return False
        if len(self._clients) >= self._settings.stream_clients_max:
            client.close(TRY_AGAIN_LATER, "the relay is full")
            return False
        self._clients.add(client)
        if self._collecting:
            self._collecting.came()
        self._rounds.join(client)
        self._hops.clients.set(len(self._clients))
        if not self._greenlets:
            # Not before the first client: a greenlet made before the worker forked would be the master's.
            self._start()
        return True

    def leave(self, client: Client) -> None:
        """Forgets a client; `unfollow` first, if it follows an account."""
        if client in self._clients:
            self._clients.remove(client)
            if self._collecting:
                self._collecting.left()
        self._rounds.leave(client)
        for symbol in ASSETS:
            self.unwatch(client, symbol)
        self._hops.clients.set(len(self._clients))

    def watch(self, client: Client, symbol: str) -> None:
        """Waits until the asset's prices come in; none after it is missed then."""
        self._watching[symbol].add(client)
        self._market.want(price_channel(symbol))

    def give(self, client: Client, symbol: str) -> None:
        """From now on the prices of an asset that is watched, beginning with the newest known."""
        client.want_prices(bit_of(symbol), self._prices, self._prices.newest(symbol))

    def unwatch(self, client: Client, symbol: str) -> None:
        """No more of the asset's prices."""
        client.wanted &= ~bit_of(symbol)
        watching = self._watching[symbol]
        watching.discard(client)
        if not watching:
            self._market.unwant(price_channel(symbol))
            self._prices.forget(symbol)

    def follow(self, client: Client, following: Following, credential: str) -> bool:
        """From now on the account's messages; True once Redis has confirmed it.

        credential: the client is sent away when it ends.
        """
        self._followers[following.user_id][client] = following
        self._holders[credential].add(client)
        # Without it the credential is asked for again and again, which finds its end later.
        self._ends.want(self._ended_channel, patience_s=_ENDS_PATIENCE_S)
        return self._market.want(orders_channel(following.user_id))

    def unfollow(self, client: Client, user_id: str, credential: str) -> None:
        """No more of the account's messages."""
        self.release_credential(client, credential)
        followers = self._followers[user_id]
        followers.pop(client, None)
        if not followers:
            del self._followers[user_id]
            self._market.unwant(orders_channel(user_id))

    def hold_credential(self, client: Client, credential: str) -> None:
        """The client goes on with another one: sent away when that ends."""
        self._holders[credential].add(client)

    def release_credential(self, client: Client, credential: str) -> None:
        """What becomes of it does not matter to the client any more."""
        self._holders[credential].discard(client)
        if not self._holders[credential]:
            del self._holders[credential]

    def tell(self, client: Client, following: Following) -> None:
        """Lets go of what was held for the client."""
        try:
            for frame in following.release():
                client.offer_order(frame)
        except Interrupted:
            client.close(TRY_AGAIN_LATER, "order messages were interrupted")

    def count_resumed(self, how: str) -> None:
        """A client was told what it missed: as `messages`, or by a `snapshot`."""
        self._hops.resumed.labels(how).inc()

    def stop(self) -> None:
        """Tells every client, also those that still come, that the process is going."""
        self._is_stopping = True
        for client in tuple(self._clients):
            client.close(GOING_AWAY, _RESTARTING)

    def _start(self) -> None:
        parts = [self._market.run, self._ends.run, self._rounds.run, self._hops.run]
        if self._collecting:
            parts.append(self._collecting.run)
        self._greenlets = [gevent.spawn(part) for part in parts]
        for greenlet in self._greenlets:
            greenlet.link_exception(self._give_up)

    def _give_up(self, _broken: gevent.Greenlet) -> None:
        """What a part can't go on from (gevent prints it) ends all connections; the next starts it anew."""
        broken, self._greenlets = self._greenlets, []
        gevent.killall(broken, block=False)
        for client in tuple(self._clients):
            client.close(INTERNAL_ERROR, "the relay failed")

    def _dispatch(self, channel: str, data: bytes) -> None:
        if symbol := _SYMBOLS.get(channel):
            # What was on its way when the last client left would be old for the next one.
            if self._watching[symbol]:
                self._hops.price_arrived(data)
                self._prices.put(symbol, price_update(data))
                self._rounds.begin()
            return
        fields = orjson.loads(data)
        if followers := self._followers.get(fields["user_id"]):
            event = self._event(fields)
            frame = order_frame(event)
            for client, following in tuple(followers.items()):
                self._tell_live(client, following, event.seq, frame)

    def _tell_live(self, client: Client, following: Following, seq: int, frame: bytes) -> None:
        try:
            told = following.live(seq, frame)
        except Interrupted:
            client.close(TRY_AGAIN_LATER, "order messages were interrupted")
        except TooFarBehind:
            client.close(TRY_AGAIN_LATER, "too many order messages came while others were looked up")
        else:
            if told is not None:
                client.offer_order(told)

    def _event(self, fields: dict[str, str]) -> OrderEvent:
        event_id = EventId.parse(fields.pop("event_id"))
        shard = shard_of(fields["user_id"], self._settings.order_shards)
        return OrderEvent.from_fields(event_id, shard, fields)

    def _ended(self, _channel: str, credential: bytes) -> None:
        for client in tuple(self._holders.get(credential.decode(), ())):
            client.offer_reply(unauthenticated("The session has ended: sign in again"))
            client.close(POLICY_VIOLATION, "the session has ended")

    def _interrupted(self) -> None:
        """Messages may have been missed: whoever follows an account connects again, and resumes."""
        for followers in tuple(self._followers.values()):
            for client in tuple(followers):
                client.close(TRY_AGAIN_LATER, "order messages were interrupted")


def order_frame(event: OrderEvent) -> bytes:
    """An order message, framed."""
    return text_frame(orjson.dumps(render.order_message(event)))
