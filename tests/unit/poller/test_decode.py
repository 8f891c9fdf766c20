"""The Binance decoder: digits kept or the frame refused, never rounded, never an exception."""

from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import ASSETS
from domain.messages import PastTick, Tick
from domain.units import PRICE_RAW_MAX, PRICE_SCALE
from poller.decode import Garbage, decode_frame, decode_past_trade
from tests.support.binance import agg_trade

RECEIVED_US = 1_736_000_000_123_456


def decode(frame: dict[str, object] | bytes) -> Tick | Garbage:
    payload = frame if isinstance(frame, bytes) else orjson.dumps(frame)
    return decode_frame(payload, received_time_us=RECEIVED_US)


def with_field(name: str, value: object) -> dict[str, object]:
    frame = agg_trade()
    data = frame["data"]
    assert isinstance(data, dict)
    return {**frame, "data": {**data, name: value}}


def test_a_trade_becomes_a_tick_at_our_scales() -> None:
    tick = decode(
        agg_trade(trade_id=7, price="64500.12000000", quantity="0.00026300", time_ms=1_736_000_000_000)
    )
    assert tick == Tick(
        symbol="BTC",
        trade_id=7,
        price=645_001_200,
        quantity=26_300,
        event_time_ms=1_736_000_000_000,
        buyer_is_maker=True,
        received_time_us=RECEIVED_US,
        source="binance",
    )


@given(raw=st.integers(1, PRICE_RAW_MAX), zeros=st.integers(0, 12))
def test_every_price_at_our_scale_keeps_its_digits(raw: int, zeros: int) -> None:
    text = f"{raw // PRICE_SCALE}.{raw % PRICE_SCALE:04d}" + "0" * zeros
    tick = decode(agg_trade(price=text))
    assert isinstance(tick, Tick)
    assert tick.price == raw


@given(raw=st.integers(1, 10**13), decimals=st.integers(0, 12))
def test_a_price_is_exact_or_refused(raw: int, decimals: int) -> None:
    text = f"{Decimal(raw).scaleb(-decimals):f}"
    exact = Decimal(text) * PRICE_SCALE
    tick = decode(agg_trade(price=text))
    if exact == int(exact) and 0 < exact <= PRICE_RAW_MAX:
        assert isinstance(tick, Tick)
        assert tick.price == exact
    else:
        assert tick is Garbage.BAD_PRICE


@given(st.binary(max_size=300))
def test_no_bytes_raise(frame: bytes) -> None:
    assert isinstance(decode(frame), Garbage)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(field=st.sampled_from(["e", "s", "a", "p", "q", "T", "m"]), value=json_values)
def test_no_value_of_a_field_raises(field: str, value: object) -> None:
    assert isinstance(decode(with_field(field, value)), Tick | Garbage)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"", Garbage.NOT_JSON),
        (b"<html>busy</html>", Garbage.NOT_JSON),
        (b"\xff\xfe", Garbage.NOT_JSON),
        (b"[]", Garbage.NOT_A_TRADE),
        (b'{"result": null, "id": 1}', Garbage.NOT_A_TRADE),
        (with_field("e", "trade"), Garbage.NOT_A_TRADE),
        (with_field("s", "DOGEUSDT"), Garbage.UNKNOWN_MARKET),
        (with_field("s", ["BTCUSDT"]), Garbage.UNKNOWN_MARKET),
        (with_field("a", True), Garbage.BAD_TRADE_ID),
        (with_field("a", -1), Garbage.BAD_TRADE_ID),
        (with_field("a", 2**53), Garbage.BAD_TRADE_ID),
        (with_field("p", 64500.12), Garbage.BAD_PRICE),
        (with_field("p", "0.00000000"), Garbage.BAD_PRICE),
        (with_field("p", "-1.00"), Garbage.BAD_PRICE),
        (with_field("p", "NaN"), Garbage.BAD_PRICE),
        (with_field("p", "1e999999999"), Garbage.BAD_PRICE),
        (with_field("p", "0.00001000"), Garbage.BAD_PRICE),
        (with_field("p", "13000000.0001"), Garbage.BAD_PRICE),
        (with_field("q", "0.00000000"), Garbage.BAD_QUANTITY),
        (with_field("q", None), Garbage.BAD_QUANTITY),
        # Microseconds, which come only to who asks for them.
        (with_field("T", 1_736_000_000_000_000), Garbage.BAD_TIME),
        (with_field("T", "1736000000000"), Garbage.BAD_TIME),
        (with_field("m", 1), Garbage.BAD_SIDE),
    ],
)
def test_garbage_is_named(frame: dict[str, object] | bytes, why: Garbage) -> None:
    assert decode(frame) is why


def test_a_row_of_rest_becomes_the_same_trade_as_the_streams_frame() -> None:
    frame = agg_trade(trade_id=7, market="ETHUSDT", price="2500.25000000")
    row = {name: frame["data"][name] for name in "apqflTmM"}
    live = decode(frame)
    past = decode_past_trade(ASSETS["ETH"], row, received_time_us=RECEIVED_US)
    assert isinstance(live, Tick)
    assert isinstance(past, PastTick)
    assert past.encode() == live.encode()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("a", "7", Garbage.BAD_TRADE_ID), ("p", "0.00001", Garbage.BAD_PRICE), ("m", None, Garbage.BAD_SIDE)],
)
def test_a_row_of_rest_is_refused_for_the_same_reasons(name: str, value: object, why: Garbage) -> None:
    row = {key: agg_trade()["data"][key] for key in "apqflTmM"} | {name: value}
    assert decode_past_trade(ASSETS["BTC"], row, received_time_us=RECEIVED_US) is why
