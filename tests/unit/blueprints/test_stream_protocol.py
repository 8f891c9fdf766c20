"""The relay's frames and messages, without a socket."""

import json
from contextlib import suppress

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

from blueprints.stream.frames import PING, close_frame, text_frame
from blueprints.stream.protocol import (
    Authenticate,
    ClientMessage,
    Ping,
    Subscribe,
    Unreadable,
    Unsubscribe,
    parse,
    price_update,
    reply,
)


def frames(data: bytes) -> list[Frame]:
    """What another implementation reads of the bytes; fails when they are not whole frames."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    read = []
    while not _at_end(reader):
        parser = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parser)
        except StopIteration as done:
            read.append(done.value)
        else:
            raise AssertionError("a frame is cut off")
    return read


def _at_end(reader: StreamReader) -> bool:
    return not reader.buffer


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_frame_of_any_size_is_whole_final_and_not_masked(size: int) -> None:
    payload = b"x" * size

    assert frames(text_frame(payload)) == [Frame(Opcode.TEXT, payload, fin=True)]


@given(payloads=st.lists(st.text(max_size=300), max_size=5))
def test_frames_in_a_row_are_read_as_they_were_written(payloads: list[str]) -> None:
    data = b"".join(text_frame(payload.encode()) for payload in payloads)

    assert [bytes(frame.data).decode() for frame in frames(data)] == payloads


@given(code=st.sampled_from([1000, 1001, 1008, 1009, 1011, 1013]), reason=st.text(max_size=200))
@example(code=1013, reason="x" + "\N{EURO SIGN}" * 41)
def test_a_close_frame_holds_its_code_and_as_much_of_the_reason_as_fits(code: int, reason: str) -> None:
    [frame] = frames(close_frame(code, reason))

    closing = Close.parse(bytes(frame.data))
    assert frame.opcode is Opcode.CLOSE
    assert len(frame.data) <= 125
    assert closing.code == code
    assert reason.startswith(closing.reason)
    assert closing.reason == reason or len(frame.data) > 121


def test_a_ping_is_a_frame() -> None:
    assert frames(PING) == [Frame(Opcode.PING, b"", fin=True)]


def test_a_reply_is_a_frame_of_json() -> None:
    [frame] = frames(reply("SUBSCRIBED", symbol="BTC"))

    assert orjson.loads(frame.data) == {"type": "SUBSCRIBED", "symbol": "BTC"}


def test_a_price_is_framed_as_it_was_published() -> None:
    [frame] = frames(price_update(b'{"bidPrice":1,"receivedTime":1.250}'))

    assert bytes(frame.data) == b'{"type":"PRICE_UPDATE","data":{"bidPrice":1,"receivedTime":1.250}}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "SUBSCRIBE", "symbol": "BTC"}', Subscribe("BTC")),
        ('{"type": "UNSUBSCRIBE", "symbol": "ETH"}', Unsubscribe("ETH")),
        ('{"type": "PING", "more": [1]}', Ping()),
        ('{"type": "AUTH", "token": "a.b.c"}', Authenticate("a.b.c")),
        (b'{"type": "PING"}', Ping()),
    ],
)
def test_what_a_client_may_say_is_understood(text: str | bytes, message: ClientMessage) -> None:
    assert parse(text) == message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
near_messages = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "PING", "AUTH", "RESUME"]) | json_values,
        "symbol": st.sampled_from(["BTC", "btc"]) | json_values,
        "token": json_values,
    },
)


@given(text=st.text() | near_messages.map(lambda message: json.dumps(message)))
def test_whatever_else_a_client_says_is_a_message_or_refused(text: str) -> None:
    # Nothing but Unreadable is raised, whatever comes.
    with suppress(Unreadable):
        assert isinstance(parse(text), Subscribe | Unsubscribe | Ping | Authenticate)


@given(data=st.binary(max_size=50))
def test_bytes_that_are_no_json_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(b"\xff" + data)
