"""From what sockets gave to what became of their clients."""

from array import array
from collections import Counter

import orjson
from websockets.frames import Frame, Opcode

from bench.stream_frames import FrameEar, RedisEar
from bench.stream_freshness import Ticks
from bench.stream_reckon import Reckoned, as_json, from_json, reckon
from bench.stream_record import ENDED, RESET, Record
from tests.unit.bench.test_stream_frames import PRICE, RECEIVED_US, closed, price

US, MS = 1_000, 1_000_000
BEGAN_NS = RECEIVED_US * US - 30 * MS
# Of ETH, 7, when the poller had it: 8 ms before.
SENT_NS = [BEGAN_NS + number * MS for number in range(60)]


def record(*came: tuple[float, int, bytes]) -> Record:
    """When (ms), to whom, what."""
    return Record(
        at_ns=array("q", [BEGAN_NS + int(at_ms * MS) for at_ms, _, _ in came]),
        socket=array("i", [number for _, number, _ in came]),
        data=[data for _, _, data in came],
    )


def reckoned(came: Record, *, clients: int = 1, resumed_ms: int | None = None) -> Reckoned:
    return reckon(
        came,
        {number: FrameEar({}) for number in range(clients)},
        Ticks(SENT_NS, [(0, 60)]),
        since_ns=BEGAN_NS,
        until_ns=BEGAN_NS + 100 * MS,
        resumed_ns=None if resumed_ms is None else BEGAN_NS + resumed_ms * MS,
    )


def test_a_price_counts_when_its_last_byte_has_come() -> None:
    frame = price(tradeId=7)

    result = reckoned(record((23, 0, frame[:50]), (25, 0, frame[50:]), (24, 1, frame)), clients=2)

    # It went out at 22 ms.
    assert result.tallies[0].latency == {3_000: 1, 2_000: 1}
    assert (result.ends, result.cut, result.broken) == ({"open": 2}, 0, {})


def test_it_is_told_how_connections_ended() -> None:
    came = record(
        (1, 0, price()[:9]),
        (2, 0, RESET),
        (2, 1, closed(1013)),
        (3, 1, ENDED),
        (3, 2, ENDED),
        (4, 3, b"\x00\x00"),
        (4, 4, price()[:9]),
    )

    result = reckoned(came, clients=5)

    assert result.ends == {"reset": 1, "close 1013": 1, "end": 1, "open": 2}
    # Of the last one the rest may come yet.
    assert result.cut == 1
    assert result.broken.total() == 1


def test_a_client_that_reads_on_has_caught_up_with_the_first_price_since() -> None:
    old, fresh = price(tradeId=7), price(tradeId=14)
    came = record((23, 0, old), (40, 0, price(tradeId=8)), (42, 0, price(tradeId=9)), (44, 0, fresh))
    came.at_ns.append(BEGAN_NS + 45 * MS)
    came.socket.append(1)
    came.data.append(old)

    result = reckoned(came, clients=2, resumed_ms=39)

    # The 14th went out at 43 ms; the other client got only what is old.
    assert result.caught_up_us == [5_000, None]
    assert result.backlog_bytes == [2 * len(old), len(old)]


def test_a_client_that_finds_itself_closed_has_caught_up_with_nothing() -> None:
    fresh = price(tradeId=14)

    result = reckoned(record((44, 0, fresh), (45, 0, closed(1013)), (46, 0, ENDED)), resumed_ms=39)

    assert (result.caught_up_us, result.ends) == ([], {"close 1013": 1})


def test_a_subscriber_of_redis_tells_when_the_poller_had_it() -> None:
    data = orjson.dumps(PRICE)
    message = b"*3\r\n$7\r\nmessage\r\n$3\r\nETH\r\n$%d\r\n%s\r\n" % (len(data), data)

    result = reckon(
        record((31, 0, message)),
        {0: RedisEar()},
        Ticks(SENT_NS, [(0, 60)]),
        since_ns=BEGAN_NS,
        until_ns=BEGAN_NS + 100 * MS,
    )

    assert result.feed_us == {8_000: 1}


def test_only_what_waited_in_the_measured_time_is_told() -> None:
    came = record()
    came.lag_at_ns.extend([BEGAN_NS - 1, BEGAN_NS, BEGAN_NS + MS])
    came.lag_ns.extend([9 * US, 7 * US, 7 * US + 1])

    assert reckoned(came).lag_us == {7: 2}


def test_several_processes_make_one_whole_and_nothing_is_lost_on_the_way() -> None:
    one = reckoned(
        record((23, 0, price()), (24, 1, Frame(Opcode.PING, b"").serialize(mask=False))), clients=2
    )
    other = reckoned(
        record((2, 0, price()[:9]), (24, 0, RESET), (25, 1, b"\x00\x00")), clients=2, resumed_ms=0
    )

    whole = Reckoned()
    for part in (one, other):
        assert from_json(orjson.loads(orjson.dumps(as_json(part)))) == part
        whole.add(part)

    assert whole.ends == Counter({"open": 3, "reset": 1})
    assert (whole.pings, whole.cut, whole.broken.total()) == (1, 1, 1)
    assert whole.tallies[0].latency == {1_000: 1}
    assert whole.tallies[0].fresh.total() == 60 * 4
    assert whole.caught_up_us == [None]
