"""Clients' connections, by hand: a library's own work for each message would be more than the relay's."""

import base64
import hashlib
import os
import socket
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import hiredis
import orjson

from bench.stream_frames import Ear, FrameEar, Heard, RedisEar
from domain.instruments import ASSETS

ANSWER_LIMIT_S = 20.0
_HOST = "127.0.0.1"
_TEXT, _PING, _PONG = 0x81, 0x89, 0x8A
_MASKED = 0x80
_CONTROL_BYTES_MAX = 125
_ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Connected:
    """A client that has subscribed to every asset; its socket doesn't block."""

    sock: socket.socket
    ear: Ear


def connect_relay(port: int, known: dict[bytes, Heard]) -> Connected:
    """A client of the relay. known: FrameEar's."""
    sock = _connect(_HOST, port)
    ear = FrameEar(known)
    rest = _shake_hands(sock, port)
    sock.sendall(b"".join(masked(_TEXT, _subscribe(symbol)) for symbol in ASSETS))
    return _subscribed(sock, ear, rest, answers=len(ASSETS))


def connect_redis(url: str) -> Connected:
    """A bare subscriber."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    sock = _connect(parts.hostname, parts.port or 6379)
    auth = ("AUTH", *filter(None, (unquote(parts.username or ""), unquote(parts.password or ""))))
    for command in (auth, ("SUBSCRIBE", *ASSETS)):
        sock.sendall(hiredis.pack_command(command))  # type: ignore[arg-type]
    return _subscribed(sock, RedisEar(), b"", answers=1 + len(ASSETS))


def masked(first: int, payload: bytes) -> bytes:
    """A short frame of a client's."""
    assert len(payload) <= _CONTROL_BYTES_MAX
    mask = os.urandom(4)
    turned = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes((first, _MASKED | len(payload))) + mask + turned


def pongs(data: bytes) -> bytes:
    """Answers to the pings in some bytes; perhaps to what only looks like one, which does no harm."""
    answers = []
    place = data.find(_PING)
    while 0 <= place < len(data) - 1:
        end = place + 2 + data[place + 1]
        if data[place + 1] <= _CONTROL_BYTES_MAX and end <= len(data):
            answers.append(masked(_PONG, data[place + 2 : end]))
        place = data.find(_PING, place + 1)
    return b"".join(answers)


def _connect(host: str, port: int) -> socket.socket:
    sock = socket.create_connection((host, port), timeout=ANSWER_LIMIT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _subscribe(symbol: str) -> bytes:
    return orjson.dumps({"type": "SUBSCRIBE", "symbol": symbol})


def _shake_hands(sock: socket.socket, port: int) -> bytes:
    """What came after the answer."""
    key = base64.b64encode(os.urandom(16))
    lines = (
        b"GET / HTTP/1.1",
        b"Host: %s:%d" % (_HOST.encode(), port),
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: " + key,
        b"Sec-WebSocket-Version: 13",
    )
    sock.sendall(b"\r\n".join((*lines, b"", b"")))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _read(sock)
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101"), head
    accept = base64.b64encode(hashlib.sha1(key + _ACCEPT_GUID, usedforsecurity=False).digest())
    assert accept in head, head
    return rest


def _subscribed(sock: socket.socket, ear: Ear, rest: bytes, *, answers: int) -> Connected:
    replies = list(ear.hear(rest).replies)
    while len(replies) < answers:
        replies += ear.hear(_read(sock)).replies
        assert ear.broken is None, ear.broken
    assert not any("error" in reply.lower() for reply in replies), replies
    sock.setblocking(False)
    return Connected(sock, ear)


def _read(sock: socket.socket) -> bytes:
    data = sock.recv(_READ_BYTES)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
