"""What the stream's benchmark takes for a good frame: an independent library's, and nothing that is off."""

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from bench.stream_connect import pongs
from bench.stream_frames import BrokenFrame, FrameEar, RedisEar, heard_in

PRICE = {
    "symbol": "ETH",
    "bidPrice": 25_000_000,
    "askPrice": 25_000_002,
    "lastPrice": 25_000_001,
    "decimals": 4,
    "time": 1_736_000_000,
    "tradeId": 7,
    "eventTime": 1_736_000_000_000,
    "receivedTime": 1_736_000_000_001.234,
    "source": "binance",
}
RECEIVED_US = 1_736_000_000_001_234


def frame(opcode: Opcode, payload: bytes) -> bytes:
    return Frame(opcode, payload).serialize(mask=False)


def said(kind: str, **fields: object) -> bytes:
    return frame(Opcode.TEXT, orjson.dumps({"type": kind, **fields}))


def price(**changed: object) -> bytes:
    return said("PRICE_UPDATE", data=PRICE | changed)


def closed(code: int) -> bytes:
    return frame(Opcode.CLOSE, code.to_bytes(2) + b"the relay is restarting")


WHOLE = price() + frame(Opcode.PING, b"") + said("PONG") + price(symbol="SOL", tradeId=8) + closed(1001)


def test_a_connection_is_understood_to_its_end() -> None:
    heard = heard_in(WHOLE)

    assert heard.prices == ((1, 7, RECEIVED_US), (2, 8, RECEIVED_US))
    assert (heard.replies, heard.pings, heard.close_code, heard.rest) == (("PONG",), 1, 1001, b"")


@given(st.lists(st.integers(0, len(WHOLE)), max_size=6))
def test_it_makes_no_difference_how_the_bytes_come(cuts: list[int]) -> None:
    ear = FrameEar({})
    places = [0, *sorted(cuts), len(WHOLE)]

    prices = [number for begin, end in pairwise(places) for _, number, _ in ear.hear(WHOLE[begin:end]).prices]

    assert prices == [7, 8]
    assert (ear.broken, ear.is_cut, ear.pings, ear.close_code) == (None, False, 1, 1001)


@pytest.mark.parametrize("length", [0, 125, 126, 127, 65_535, 65_536, 70_000])
def test_every_length_is_read(length: int) -> None:
    text = orjson.dumps({"type": "ERROR", "message": "x" * length})

    assert heard_in(frame(Opcode.TEXT, text)).replies == ("ERROR",)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x81\x82\x00\x00\x00\x00{}", "masked"),
        (Frame(Opcode.TEXT, b"{}", fin=False).serialize(mask=False), "begins with"),
        (b"\xc1\x02{}", "begins with"),
        (frame(Opcode.BINARY, b"{}"), "begins with"),
        (frame(Opcode.CONT, b"{}"), "begins with"),
        (price()[1:], "begins with"),
        (b"\x81\x7e\x00\x05hello", "said to be 5 bytes"),
        (b"\x81\x7f" + (500).to_bytes(8) + b" " * 500, "said to be 500 bytes"),
        (b"\x81\x7f" + (1 << 40).to_bytes(8), "said to be"),
        (b"\x89\x7e\x00\x80" + b"x" * 128, "control frame"),
        (frame(Opcode.TEXT, b'{"type":'), "no JSON"),
        (frame(Opcode.TEXT, b"[]"), "no message"),
        (frame(Opcode.TEXT, b'{"data":1}'), "no message"),
        (said("PRICE_UPDATE"), "no price"),
        (price(symbol="DOGE"), "no price"),
        (price(more=1), "no price"),
        (price(tradeId=7.5), "numbers"),
        (price(lastPrice="7"), "numbers"),
        (b"\x88\x01x", "half a code"),
        (b"\x88\x03\x03\xe8\xff", "no text"),
        (closed(1001) + price(), "after the close frame"),
        (closed(1001) + b"\x81", "after the close frame"),
    ],
)
def test_what_a_client_would_refuse_is_broken(data: bytes, why: str) -> None:
    with pytest.raises(BrokenFrame, match=why):
        heard_in(data)


def test_of_a_broken_stream_nothing_more_is_understood() -> None:
    ear = FrameEar({})
    ear.hear(price()[:20])
    ear.hear(price())

    assert ear.broken is not None
    assert ear.hear(price()).prices == ()


def test_nothing_may_come_after_a_close_frame_later_either() -> None:
    ear = FrameEar({})
    ear.hear(closed(1013))
    assert ear.broken is None

    ear.hear(price())

    assert ear.broken is not None


def test_half_a_frame_is_told_from_a_whole_one() -> None:
    ear = FrameEar({})
    assert not ear.is_cut

    ear.hear(price()[:-1])
    assert ear.is_cut

    ear.hear(price()[-1:])
    assert not ear.is_cut


def test_a_bare_subscriber_of_redis_understands_it_too() -> None:
    data = orjson.dumps(PRICE)
    message = b"*3\r\n$7\r\nmessage\r\n$3\r\nETH\r\n$%d\r\n%s\r\n" % (len(data), data)
    ear = RedisEar()

    assert ear.hear(message[:30]).prices == ()
    assert ear.hear(message[30:] + message).prices == ((1, 7, RECEIVED_US),) * 2


def test_each_ping_is_answered_with_what_it_said() -> None:
    data = price() + frame(Opcode.PING, b"") + price() + frame(Opcode.PING, b"word")

    answers = pongs(data)

    assert unmasked(answers) == [(0x8A, b""), (0x8A, b"word")]
    assert pongs(price() + frame(Opcode.PING, b"word")[:-1]) == b""


def unmasked(data: bytes) -> list[tuple[int, bytes]]:
    """Short frames of a client."""
    frames = []
    while data:
        first, length, mask = data[0], data[1] & 0x7F, data[2:6]
        payload, data = data[6 : 6 + length], data[6 + length :]
        frames.append((first, bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))))
    return frames
