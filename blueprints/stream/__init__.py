"""The WebSocket relay: prices for everyone, order messages for who they belong to."""

import math
import time
from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Flask, request
from flask_sock import Sock
from sqlalchemy.exc import OperationalError

from accounts.apikeys import KEY_PREFIX
from accounts.callers import Caller
from accounts.tokens import read_access_token
from blueprints.errors import Rejected
from blueprints.services import services
from blueprints.stream.client import Client, QueuedSocket
from blueprints.stream.frames import PING, POLICY_VIOLATION, TRY_AGAIN_LATER
from blueprints.stream.protocol import Authenticate, Subscribe, Unreadable, Unsubscribe, parse, reply
from blueprints.stream.protocol import Ping as PingMessage
from blueprints.stream.relay import Relay
from runtime.process import on_sigterm
from runtime.settings import Settings


def install_stream(app: Flask, *, paths: tuple[str, ...]) -> None:
    """Serves the relay at these paths of the app."""
    with app.app_context():
        settings = services().settings
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": settings.stream_frame_bytes_max}
    relay = Relay(settings)
    on_sigterm(relay.stop)
    bp = APIBlueprint("stream", __name__, enable_openapi=False)
    bp.before_request(_check_origin)
    sock = Sock()
    for number, path in enumerate(paths):
        # `route` returns nothing: it can't be stacked as a decorator.
        sock.route(path, bp=bp, endpoint=f"relay{number}")(lambda ws: _serve(ws, relay, settings))
        bp.add_url_rule(path, f"plain{number}", _upgrade_required, websocket=False)
    app.register_blueprint(bp)
    app.wsgi_app = _without_compression(app.wsgi_app)  # type: ignore[method-assign]


def _without_compression(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """simple-websocket compresses whenever it is offered: 97 KB a socket and 1.6 times the CPU."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return app(environ, start_response)

    return wrapped


def _upgrade_required() -> NoReturn:
    """A plain request, or one whose upgrade a proxy took away: better said than answered with a page."""
    raise Rejected(426, "upgrade_required", "This is a WebSocket: connect with ws:// or wss://")


def _check_origin() -> None:
    """A page of a stranger's may not use its visitor's browser here; programs send no Origin."""
    origin = request.headers.get("Origin")
    if origin is None or origin in services().settings.cors_origins:
        return
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        host = ""
    if host != request.host:
        raise Rejected(403, "origin_not_allowed", "This origin may not connect")


def _serve(ws: Any, relay: Relay, settings: Settings) -> None:
    client = Client(ws.sock, settings)
    ws.sock = QueuedSocket(ws.sock, client, settings)
    if not relay.join(client):
        client.close(TRY_AGAIN_LATER, "the relay is full")
        client.finish()
        return
    try:
        if token := request.args.get("token"):
            _authenticate(client, relay, settings, token)
        _converse(ws, client, relay, settings)
    finally:
        relay.leave(client)
        client.finish()


def _converse(ws: Any, client: Client, relay: Relay, settings: Settings) -> None:
    """Answers until the connection ends: ws.receive raises then, or its thread is gone."""
    heard = time.monotonic()
    while ws.thread.is_alive() or ws.input_buffer:
        text = ws.receive(timeout=_patience(client, settings))
        _check_expiry(client, relay, settings)
        now = time.monotonic()
        if text is not None:
            heard = now
            _answer(text, client, relay, settings)
            continue
        if ws.pong_received:
            ws.pong_received = False
            heard = now
        if now - heard > settings.stream_idle_s:
            client.close(POLICY_VIOLATION, "silent for too long")
            return
        client.offer_reply(PING)


def _patience(client: Client, settings: Settings) -> float:
    if client.user_id is None:
        return settings.stream_ping_s
    until = min(client.expires_at, client.checked_at + settings.session_trust_s)
    return max(0.01, min(settings.stream_ping_s, until - time.time()))


def _check_expiry(client: Client, relay: Relay, settings: Settings) -> None:
    """Ends the order messages of a token that has expired, or whose session has ended."""
    if client.user_id is None:
        return
    now = time.time()
    if now >= client.expires_at:
        relay.unwant_orders(client)
        client.offer_reply(reply("UNAUTHENTICATED", message="The token has expired: sign in again"))
    elif now - client.checked_at >= settings.session_trust_s:
        client.checked_at = now
        if not _still_goes_on(client, settings):
            relay.unwant_orders(client)
            client.offer_reply(reply("UNAUTHENTICATED", message="The session has ended: sign in again"))


def _still_goes_on(client: Client, settings: Settings) -> bool:
    try:
        return _caller_of(client.token, request.remote_addr or "", settings)[0] is not None
    except OperationalError:
        # Asked again the next time; the token's end is known without anybody.
        return True


def _answer(text: str | bytes, client: Client, relay: Relay, settings: Settings) -> None:
    try:
        message = parse(text)
    except Unreadable as error:
        client.offer_reply(reply("ERROR", message=str(error)))
        return
    match message:
        case Subscribe(symbol):
            relay.await_prices()
            client.offer_reply(reply("SUBSCRIBED", symbol=symbol))
            relay.want_prices(client, symbol)
        case Unsubscribe(symbol):
            relay.unwant_prices(client, symbol)
            client.offer_reply(reply("UNSUBSCRIBED", symbol=symbol))
        case PingMessage():
            client.offer_reply(reply("PONG"))
        case Authenticate(token):
            _authenticate(client, relay, settings, token)


def _authenticate(client: Client, relay: Relay, settings: Settings, token: str) -> None:
    """AUTHENTICATED only once Redis has confirmed the subscription: no order message after it is missed."""
    relay.unwant_orders(client)
    try:
        caller, expires_at = _caller_of(token, request.remote_addr or "", settings)
    except OperationalError:
        client.close(TRY_AGAIN_LATER, "nobody can be signed in right now")
        return
    if caller is None:
        client.offer_reply(reply("UNAUTHENTICATED", message="The token is not valid: sign in again"))
        return
    client.token, client.expires_at, client.checked_at = token, expires_at, time.time()
    if not relay.want_orders(client, caller.user_id):
        client.close(TRY_AGAIN_LATER, "order messages are not available right now")
        return
    client.offer_reply(reply("AUTHENTICATED", userId=caller.user_id))


def _caller_of(token: str, address: str, settings: Settings) -> tuple[Caller | None, float]:
    """Whom a token or a key stands for, and until when (epoch seconds). Raises OperationalError."""
    if token.startswith(KEY_PREFIX):
        found = services().api_keys.find(token, address)
        return found, (found.expires_at if found and found.expires_at else math.inf)
    bearer = read_access_token(token, services().keyring, settings)
    if bearer is None:
        return None, 0
    found = services().sessions.find(bearer.session_id)
    if found is None or found.user_id != bearer.user_id:
        return None, 0
    return found, bearer.expires_at
