"""Clients that mean harm: whatever they send, they end, and nobody else notices."""

import random
import socket
import struct
import time
from contextlib import suppress

import orjson
import pytest

from orders.client import OrderDesk
from tests.integration.stream.test_bad_connections import ended, worker_sockets
from tests.support.relay import Relay
from tests.support.trading import Trader, request
from tests.support.waiting import eventually

FRAMES = 10_000
SEED = 4
# Fewer than what a client may send in a second; the last one may end the connection.
FRAMES_PER_CONNECTION = 50
OPCODES = (0, 1, 2, 8, 9, 10, *range(3, 8), *range(11, 16))
WORDS: tuple[object, ...] = (
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "AUTH",
    "RESUME",
    "PING",
    "ping",
    "",
    "CLOSE",
    None,
    7,
    [],
    {},
)
VALUES: tuple[object, ...] = (
    "BTC",
    "DOGE",
    "a.b.c",
    "cfd_x",
    -1,
    0,
    2**63,
    1e308,
    None,
    True,
    [],
    {},
    "\x00",
    "x" * 500,
)


def masked(payload: bytes, *, first: int, chooser: random.Random) -> bytes:
    """A frame as a client sends it."""
    mask = chooser.randbytes(4)
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", first, 0x80 | length)
    else:
        head = struct.pack("!BBH", first, 0x80 | 126, length)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def message(chooser: random.Random) -> bytes:
    """JSON that is nearly one of the protocol's messages, or is one."""
    fields = {
        name: chooser.choice(VALUES)
        for name in ("symbol", "token", "seq", "sentAt")
        if chooser.random() < 0.5
    }
    return orjson.dumps({"type": chooser.choice(WORDS), **fields}, default=str)


def harmless(chooser: random.Random) -> bytes:
    """A well-made frame of something: a message or nearly one, bytes, a ping, a pong."""
    if chooser.random() < 0.7:
        return masked(message(chooser), first=chooser.choice((0x81, 0x82)), chooser=chooser)
    size = chooser.choice((0, 1, 50, 125))
    return masked(chooser.randbytes(size), first=chooser.choice((0x82, 0x89, 0x8A)), chooser=chooser)


def harmful(chooser: random.Random) -> bytes:
    """Any opcode with anything in it, half a frame, or no frame at all."""
    kind = chooser.random()
    if kind < 0.5:
        first = chooser.choice((0, 0x10, 0x70, 0x80, 0xF0)) | chooser.choice(OPCODES)
        return masked(chooser.randbytes(chooser.choice((0, 1, 2, 125, 300))), first=first, chooser=chooser)
    if kind < 0.75:
        whole = masked(message(chooser), first=0x81, chooser=chooser)
        return whole[: chooser.randrange(1, len(whole))]
    return chooser.randbytes(chooser.randrange(1, 200))


def test_ten_thousand_random_frames_harm_nobody(relay: Relay, desk: OrderDesk) -> None:
    chooser = random.Random(SEED)
    workers = relay.workers()
    trader = Trader.with_balance(desk)
    answered = 0
    with relay.signed_in(trader.user_id) as witness:
        for number in range(FRAMES // FRAMES_PER_CONNECTION):
            with relay.raw() as sock:
                frames = [harmless(chooser) for _ in range(FRAMES_PER_CONNECTION - 1)]
                sock.sendall(b"".join([*frames, harmful(chooser)]))
                sock.shutdown(socket.SHUT_WR)
                answered += ended(sock).count(b'"type"')
            if number % 20 == 0:
                witness.hears_nothing_more()
        desk.deposit(trader.user_id, request(), 1)
        assert witness.hears()["seq"] == 2

    # They were read: more than half of them are messages, or nearly.
    assert answered > FRAMES / 2
    assert relay.workers() == workers
    assert "Traceback" not in relay.process.output
    eventually(lambda: worker_sockets(relay) == 0, what="the relay to let go of the connections")


def test_a_flood_of_small_messages_is_closed(relay: Relay) -> None:
    """Each is a few bytes: their number is limited, and not their size alone."""
    with relay.connect() as other, relay.connect() as flooding:
        with suppress(Exception):
            for _ in range(1_000):
                flooding.connection.send('{"type":"PING"}')
        code, said = flooding.closing()
        other.hears_nothing_more()

    assert code == 1008
    assert {heard["type"] for heard in said} <= {"PONG"}
    assert len(said) <= 200


def test_a_token_may_come_as_the_subprotocol(relay: Relay, desk: OrderDesk) -> None:
    user_id = Trader.with_balance(desk).user_id
    protocol = f"bearer.{relay.token_of(user_id)}"
    with relay.connect(subprotocols=[protocol]) as client:
        assert client.connection.subprotocol == protocol
        assert client.hears() == {"type": "AUTHENTICATED", "userId": user_id}


@pytest.mark.parametrize("name", ["bearer.", "bearer.a.b.c", "bearer.cfd_" + "x" * 30])
def test_a_wrong_one_is_told_so_and_gets_no_order_message(relay: Relay, desk: OrderDesk, name: str) -> None:
    trader = Trader.with_balance(desk)
    with relay.connect(subprotocols=[name]) as client:
        if name != "bearer.":
            assert client.hears()["type"] == "UNAUTHENTICATED"
        desk.deposit(trader.user_id, request(), 1)
        client.hears_nothing_more()


def test_a_ping_that_asks_for_the_time_gets_it(relay: Relay) -> None:
    with relay.connect() as client:
        before = time.time()
        client.says("PING", sentAt=1234.5)
        answer = client.hears()

    assert answer.keys() == {"type", "sentAt", "time"}
    assert answer["sentAt"] == 1234.5
    assert before <= answer["time"] / 1000 <= time.time()
