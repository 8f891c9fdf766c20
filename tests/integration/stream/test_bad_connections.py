"""Clients that break the protocol, vanish, or don't read: they end, leak nothing, and harm nobody else."""

import socket
import struct
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
import redis

from domain.orders import OrderEvent
from orders.client import OrderDesk
from orders.keys import orders_channel
from tests.integration.stream.conftest import CLIENTS_MAX
from tests.support.relay import HOST, Relay, running_relay
from tests.support.services import Services
from tests.support.trading import Market, Trader, request
from tests.support.waiting import eventually

MASK = b"\x00\x00\x00\x00"
MALFORMED = {
    "not masked": b"\x81\x02hi",
    "a reserved opcode": b"\x83\x80" + MASK,
    "a reserved control opcode": b"\x8b\x80" + MASK,
    "a reserved bit": b"\xf1\x80" + MASK,
    "a continuation of nothing": b"\x80\x80" + MASK,
    "a new message within a message": b"\x01\x81" + MASK + b"a" + b"\x81\x81" + MASK + b"b",
    "a ping in fragments": b"\x09\x80" + MASK,
    "a ping too long": b"\x89\xfe\x00\x80" + MASK + b"x" * 128,
    "text that is no UTF-8": b"\x81\x82" + MASK + b"\xc3\x28",
    "a length without end": b"\x81\xff" + b"\xff" * 8 + MASK,
    "a length of gigabytes": b"\x81\xff" + struct.pack("!Q", 2**40) + MASK + b"x" * 5_000,
    "a close of one byte": b"\x88\x81" + MASK + b"\x03",
    "a close with a forbidden code": b"\x88\x82" + MASK + struct.pack("!H", 1005),
    "no frame at all": b"GET / HTTP/1.1\r\n\r\n",
}


def worker_sockets(relay: Relay) -> int:
    """How many connections of clients the relay's workers hold."""
    return sum(sockets_of(relay, worker) for worker in relay.workers())


def sockets_of(relay: Relay, worker: int) -> int:
    """How many connections of clients one of its workers holds."""
    with Path("/proc/net/tcp").open() as table:
        rows = [line.split() for line in table.readlines()[1:]]
    here = {row[9] for row in rows if row[1].endswith(f":{relay.port:04X}") and row[3] != "0A"}
    return sum(f"socket:[{inode}]" in _descriptors(worker) for inode in here)


def _descriptors(worker: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{worker}/fd").iterdir():
        try:
            found.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found


def ended(sock: socket.socket) -> bytes:
    """All that the relay still sends; fails when it doesn't end the connection in time."""
    said = b""
    try:
        while data := sock.recv(4096):
            said += data
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_frame_ends_the_connection(relay: Relay, frame: bytes) -> None:
    with relay.raw() as sock:
        sock.sendall(frame)

        ended(sock)

    eventually(lambda: worker_sockets(relay) == 0, what="the relay to let go of the connection")


def test_connections_that_break_or_vanish_are_forgotten(relay: Relay, desk: OrderDesk) -> None:
    """One more than there may be at once, of each kind: were they kept, the relay would be full."""
    for number in range(CLIENTS_MAX + 1):
        with relay.raw() as broken:
            broken.sendall(list(MALFORMED.values())[number % len(MALFORMED)])
            ended(broken)
        with relay.raw() as vanishing:
            # A reset instead of a goodbye.
            vanishing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with relay.raw() as unfinished:
            unfinished.sendall(b"\x81\xfe\x10")
    eventually(lambda: worker_sockets(relay) == 0, what="the relay to let go of the connections")

    with relay.connect() as client:
        client.hears_nothing_more()
    trader = Trader.with_balance(desk)
    with relay.signed_in(trader.user_id) as follower:
        desk.deposit(trader.user_id, request(), 1)
        assert follower.hears()["seq"] == 2


def test_one_client_too_many_is_turned_away_and_the_others_stay(relay: Relay) -> None:
    eventually(lambda: worker_sockets(relay) == 0, what="earlier connections to be gone")
    clients = [relay.connect() for _ in range(CLIENTS_MAX)]
    try:
        for client in clients:
            client.hears_nothing_more()
        with relay.connect() as one_too_many:
            assert one_too_many.closing() == (1013, [])

        clients.pop().connection.close()
        eventually(lambda: worker_sockets(relay) == CLIENTS_MAX - 1, what="a place to be free")
        with relay.connect() as again:
            again.hears_nothing_more()
        for client in clients:
            client.hears_nothing_more()
    finally:
        for client in clients:
            client.connection.close()


# A price as large as this fills a connection's buffers soon.
FILLER = "x" * 60_000
PRICES = 200


def publish_large_price(order_state: redis.Redis, number: int) -> None:
    """A price with a long field, as if the desk had published it."""
    order_state.publish("BTC", f'{{"symbol":"BTC","tradeId":{number},"filler":"{FILLER}"}}')


def test_a_client_that_does_not_read_gets_the_newest_price_later_and_delays_nobody(
    relay: Relay, desk: OrderDesk, order_state: redis.Redis
) -> None:
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect((HOST, relay.port))
    with relay.connect(sock=narrow, max_queue=1) as slow, relay.connect() as other:
        slow.subscribes("BTC")
        other.subscribes("BTC")
        Market(desk).trades_at("64500.12")
        for client in (slow, other):
            assert client.hears()["type"] == "PRICE_UPDATE"

        for number in range(1, PRICES + 1):
            publish_large_price(order_state, number)
            while (heard := other.hears(limit_s=5.0)["data"]["tradeId"]) != number:
                assert heard < number
        read: list[int] = []
        while not read or read[-1] != PRICES:
            read.append(slow.hears()["data"]["tradeId"])

    assert read == sorted(set(read))
    assert len(read) < PRICES


def publish_large_event(order_state: redis.Redis, event: OrderEvent, seq: int) -> None:
    """An event with a long field and another number, as if the desk had published it."""
    fields = {**event.fields, "seq": str(seq), "order_id": FILLER, "event_id": str(event.event_id)}
    order_state.publish(orders_channel(event.user_id), orjson.dumps(fields))


def test_a_client_that_does_not_read_its_orders_gets_them_without_a_gap_until_it_is_closed(
    migrated: Services, desk: OrderDesk, order_state: redis.Redis, tmp_path: Path
) -> None:
    Market(desk).trades_at("64500.12")
    trader, other = Trader.with_balance(desk), Trader.with_balance(desk)
    event = trader.buys(10_000, 10)
    with running_relay(migrated, tmp_path, stream_order_queue_max=10) as relay:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect((HOST, relay.port))
        token = relay.token_of(trader.user_id)
        with (
            relay.signed_in(other.user_id) as follower,
            relay.connect(token=token, sock=narrow, max_queue=1) as slow,
        ):
            assert slow.hears()["type"] == "AUTHENTICATED"
            for seq in range(1, PRICES + 1):
                publish_large_event(order_state, event, seq)
            desk.deposit(other.user_id, request(), 1)

            assert follower.hears(limit_s=5.0)["seq"] == 2
            code, said = slow.closing()

    assert code == 1013
    assert [message["seq"] for message in said] == list(range(1, len(said) + 1))
    assert len(said) < PRICES


def test_a_client_that_floods_is_closed_and_delays_nobody(relay: Relay) -> None:
    """Messages are read as fast as they come: without a limit one client would have all of the process."""
    payload = b'{"type":"UNSUBSCRIBE","symbol":"BTC"}'
    frame = bytes((0x81, 0x80 | len(payload))) + MASK + payload
    with relay.connect() as other, relay.raw() as flooding:
        # A relay that has closed the connection resets it.
        with suppress(OSError):
            for _ in range(100):
                flooding.sendall(frame * 1000)
        other.hears_nothing_more()

        with suppress(OSError):
            ended(flooding)

    eventually(lambda: worker_sockets(relay) <= 1, what="the flooding connection to be gone")
    with relay.connect() as next_one:
        next_one.hears_nothing_more()


def test_a_plain_request_is_told_that_this_is_a_websocket(relay: Relay) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{relay.port}{relay.path}", timeout=5)

    assert refused.value.code == 426
    assert orjson.loads(refused.value.read())["code"] == "upgrade_required"
