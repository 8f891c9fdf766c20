"""The WebSocket relay: prices for everyone, order messages for who they belong to.

conversation  what a client says and is answered     identity   who it is
client        what is written to it                  rounds     who is given prices, when
relay         what Redis publishes, to whom it goes  missed     what a client that comes back missed
"""

from collections.abc import Callable, Iterable, Sized
from functools import partial
from typing import Any, NoReturn
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Flask, request
from flask_sock import Sock

from accounts.known import ENDED_CHANNEL
from blueprints.errors import Rejected
from blueprints.services import services
from blueprints.stream.conversation import Conversation
from blueprints.stream.hops import Hops
from blueprints.stream.identity import identify
from blueprints.stream.missed import MissedEvents
from blueprints.stream.relay import Relay
from blueprints.stream.sockets import QueuedSocket, prepare
from blueprints.stream.subscriptions import Subscriptions
from runtime.connections import orders_listener, queue_redis
from runtime.process import on_sigterm
from runtime.settings import Settings

_NAME = "relay"
_BEARER = "bearer."
# Where gunicorn tells of a connection's socket.
_SOCKET = "gunicorn.socket"


class BearerProtocols(Sized):
    """The subprotocols that are spoken: `bearer.<token>`, whatever the token. A browser can say a token no
    other way before the connection is there."""

    def __contains__(self, name: str) -> bool:
        return name.startswith(_BEARER)

    def __len__(self) -> int:
        return 1


def install_stream(app: Flask, *, paths: tuple[str, ...]) -> None:
    """Serves the relay at these paths of the app."""
    with app.app_context():
        relay, missed, settings = _make(services().settings)
    app.config["SOCK_SERVER_OPTIONS"] = {
        "max_message_size": settings.stream_frame_bytes_max,
        "subprotocols": BearerProtocols(),
    }
    on_sigterm(relay.stop)
    bp = APIBlueprint("stream", __name__, enable_openapi=False)
    bp.before_request(_check_origin)
    bp.before_request(_take_socket)
    sock = Sock()
    for number, path in enumerate(paths):
        # `route` returns nothing: it can't be stacked as a decorator.
        sock.route(path, bp=bp, endpoint=f"relay{number}")(lambda ws: _serve(ws, relay, missed, settings))
        bp.add_url_rule(path, f"plain{number}", _upgrade_required, websocket=False)
    app.register_blueprint(bp)
    app.wsgi_app = _without_compression(app.wsgi_app)  # type: ignore[method-assign]


def _make(settings: Settings) -> tuple[Relay, MissedEvents, Settings]:
    relay = Relay(
        settings,
        market=partial(Subscriptions, partial(orders_listener, settings, name=_NAME)),
        ends=partial(Subscriptions, partial(queue_redis, settings, name=_NAME)),
        ended_channel=ENDED_CHANNEL,
        hops=Hops(partial(queue_redis, settings, name=_NAME)),
    )
    parts = services()
    missed = MissedEvents(parts.engine, parts.order_state, parts.desk, settings)
    return relay, missed, settings


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


def _take_socket() -> None:
    """simple-websocket reads from its first moment on, and closes what it is given: so it is given ours."""
    if sock := request.environ.get(_SOCKET):
        request.environ[_SOCKET] = QueuedSocket(sock, services().settings)


def _serve(ws: Any, relay: Relay, missed: MissedEvents, settings: Settings) -> None:
    queued: QueuedSocket = ws.sock
    prepare(queued.raw, settings)
    client = queued.client = relay.make_client(queued.raw)
    if not relay.join(client):
        client.finish()
        return
    address = request.remote_addr or ""
    conversation = Conversation(
        client, relay, missed, settings, identify=lambda token: identify(token, address, settings)
    )
    try:
        if token := request.args.get("token") or _token_of(ws.subprotocol):
            conversation.authenticate(token)
        conversation.go_on(ws)
    finally:
        conversation.end()
        relay.leave(client)
        client.finish()


def _token_of(subprotocol: str | None) -> str:
    return (subprotocol or "").removeprefix(_BEARER)
