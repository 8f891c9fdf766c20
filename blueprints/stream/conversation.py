"""One client's connection, from its handshake to its end: what it says, and what it is answered."""

import time
from collections.abc import Callable
from typing import Any

import redis

from blueprints import render
from blueprints.stream.client import Client
from blueprints.stream.following import Following
from blueprints.stream.frames import PING, POLICY_VIOLATION, TRY_AGAIN_LATER
from blueprints.stream.identity import Identity, Unwelcome
from blueprints.stream.missed import MissedEvents
from blueprints.stream.protocol import (
    Authenticate,
    ClientMessage,
    Ping,
    Resume,
    Subscribe,
    Unreadable,
    Unsubscribe,
    parse,
    pong,
    reply,
    unauthenticated,
)
from blueprints.stream.relay import Relay, order_frame
from domain.orders import Account
from orders.codes import Refused
from runtime.connections import DATABASE_AWAY
from runtime.settings import Settings

# Looking up what was missed costs more than anything else that a client may ask.
RESUME_EVERY_S = 1.0

Identify = Callable[[str], Identity]


class Conversation:
    """What a connection knows: who the client is, which account it follows, where it wants to resume."""

    def __init__(
        self, client: Client, relay: Relay, missed: MissedEvents, settings: Settings, *, identify: Identify
    ) -> None:
        """identify: who a token stands for, where this client is; raises Unwelcome, DATABASE_AWAY."""
        self._client = client
        self._relay = relay
        self._missed = missed
        self._settings = settings
        self._identify = identify
        self._identity: Identity | None = None
        self._following: Following | None = None
        # Said before it was known who says it.
        self._resume_from: int | None = None
        self._resumed_at = float("-inf")
        self._second = 0
        self._messages = 0

    def go_on(self, ws: Any) -> None:
        """Answers until the connection ends: ws.receive raises then, or its thread is gone."""
        heard = time.monotonic()
        while ws.thread.is_alive() or ws.input_buffer:
            text = ws.receive(timeout=self._patience_s())
            if not self._still_lets_in():
                return
            now = time.monotonic()
            if text is not None:
                heard = now
                if not self._answer(text):
                    return
                continue
            if ws.pong_received:
                ws.pong_received = False
                heard = now
            if now - heard > self._settings.stream_idle_s:
                self._client.close(POLICY_VIOLATION, "silent for too long")
                return
            self._client.offer_reply(PING)

    def authenticate(self, token: str) -> None:
        """Follows the account that the token stands for; AUTHENTICATED only once nothing can be missed."""
        try:
            identity = self._identify(token)
        except DATABASE_AWAY:
            self._client.close(TRY_AGAIN_LATER, "nobody can be signed in right now")
            return
        except Unwelcome as unwelcome:
            self._unfollow()
            self._client.offer_reply(unauthenticated(str(unwelcome)))
            return
        if self._following is not None and self._following.user_id == identity.user_id:
            self._renew(identity)
            return
        self._unfollow()
        self._follow(identity)

    def end(self) -> None:
        """Lets go of the account."""
        self._unfollow()

    def _follow(self, identity: Identity) -> None:
        following = Following(identity.user_id, held_max=self._settings.stream_order_queue_max)
        self._identity, self._following = identity, following
        if not self._relay.follow(self._client, following, identity.credential):
            self._client.close(TRY_AGAIN_LATER, "order messages are not available right now")
            return
        # Its end may have been told before anybody listened for it.
        if not self._still_goes_on():
            self._end_session()
            return
        self._client.offer_reply(reply("AUTHENTICATED", userId=identity.user_id))
        if self._resume_from is not None:
            self._resume(following, self._resume_from)
        self._relay.tell(self._client, following)

    def _renew(self, identity: Identity) -> None:
        """A newer token for the account that is followed: not one message may be missed meanwhile."""
        assert self._identity is not None
        if identity.credential != self._identity.credential:
            self._relay.hold_credential(self._client, identity.credential)
            self._relay.release_credential(self._client, self._identity.credential)
        self._identity = identity
        self._client.offer_reply(reply("AUTHENTICATED", userId=identity.user_id))

    def _unfollow(self) -> None:
        if self._identity is not None and self._following is not None:
            self._relay.unfollow(self._client, self._following.user_id, self._identity.credential)
        self._identity = self._following = None

    def _resume(self, following: Following, seq: int) -> None:
        """Tells what was missed, in place of or before what is held."""
        self._resume_from = None
        self._resumed_at = time.monotonic()
        try:
            # A number above all that was told is a mistake, or another desk's: it would be waited for.
            is_ahead = following.told is not None and seq > following.told
            events = None if is_ahead else self._missed.since(following.user_id, seq, before=following.first)
            if events is None:
                self._tell_snapshot(following)
            elif events:
                # One entry of the queue, however many they are.
                self._client.offer_order(b"".join(map(order_frame, events)))
                following.caught_up(events[-1].seq)
            else:
                following.caught_up(seq)
            self._relay.count_resumed("snapshot" if events is None else "messages")
        except (redis.RedisError, Refused):
            self._client.close(TRY_AGAIN_LATER, "missed messages are not available right now")
            return
        self._client.offer_reply(reply("RESUMED", seq=following.told))

    def _tell_snapshot(self, following: Following) -> None:
        account = self._missed.account(following.user_id)
        self._client.offer_order(reply("SNAPSHOT", seq=account.seq, data=_snapshot(account)))
        following.caught_up(account.seq)

    def _patience_s(self) -> float:
        if self._identity is None:
            return self._settings.stream_ping_s
        return max(0.01, min(self._settings.stream_ping_s, self._identity.due_in_s(self._settings)))

    def _still_lets_in(self) -> bool:
        """Ends the connection of a token that has expired, or whose session has ended."""
        identity = self._identity
        if identity is None or identity.due_in_s(self._settings) > 0:
            return True
        if time.time() >= identity.expires_at:
            self._client.offer_reply(unauthenticated("The token has expired: sign in again"))
            self._client.close(POLICY_VIOLATION, "the token has expired")
            return False
        if not self._still_goes_on():
            self._end_session()
            return False
        return True

    def _end_session(self) -> None:
        self._client.offer_reply(unauthenticated("The session has ended: sign in again"))
        self._client.close(POLICY_VIOLATION, "the session has ended")

    def _still_goes_on(self) -> bool:
        assert self._identity is not None
        self._identity.checked_at = time.time()
        try:
            self._identify(self._identity.token)
        except Unwelcome:
            return False
        except DATABASE_AWAY:
            # Asked again the next time; the token's end is known without anybody.
            return True
        return True

    def _answer(self, text: str | bytes) -> bool:
        """Whether the conversation goes on."""
        if self._is_flood():
            self._client.close(POLICY_VIOLATION, "sends too many messages")
            return False
        try:
            self._act(parse(text))
        except Unreadable as error:
            self._client.offer_reply(reply("ERROR", message=str(error)))
        return True

    def _act(self, message: ClientMessage) -> None:
        client, relay = self._client, self._relay
        match message:
            case Subscribe(symbol):
                relay.watch(client, symbol)
                client.offer_reply(reply("SUBSCRIBED", symbol=symbol))
                relay.give(client, symbol)
            case Unsubscribe(symbol):
                relay.unwatch(client, symbol)
                client.offer_reply(reply("UNSUBSCRIBED", symbol=symbol))
            case Ping():
                client.offer_reply(pong(message, time.time_ns() / 1_000_000))
            case Authenticate(token):
                self.authenticate(token)
            case Resume(seq):
                self._resume_when_known(seq)

    def _resume_when_known(self, seq: int) -> None:
        if self._following is None:
            self._resume_from = seq
            return
        if time.monotonic() - self._resumed_at < RESUME_EVERY_S:
            raise Unreadable("RESUME once a second at most")
        self._following.hold()
        self._resume(self._following, seq)
        self._relay.tell(self._client, self._following)

    def _is_flood(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > self._settings.stream_messages_per_s_max


def _snapshot(account: Account) -> dict[str, Any]:
    return {
        "balance": render.balance(account.balance),
        "orders": [render.order_of_message(position) for position in account.positions],
    }
