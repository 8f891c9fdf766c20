"""A tick comes back from the topic as it went in, and nothing else comes back as one."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import Tick
from tests.support.market import make_tick

FIELDS: dict[str, Any] = orjson.loads(make_tick(1).encode())

ticks = st.builds(
    Tick,
    symbol=st.text(),
    trade_id=st.integers(0, 2**53),
    price=st.integers(0, 2**53),
    quantity=st.integers(0, 2**53),
    event_time_ms=st.integers(0, 2**53),
    buyer_is_maker=st.booleans(),
    received_time_us=st.integers(0, 2**53),
    source=st.text(),
)


@given(tick=ticks)
def test_a_tick_survives_the_topic(tick: Tick) -> None:
    assert Tick.decode(tick.encode()) == tick


@pytest.mark.parametrize("name", FIELDS)
def test_a_tick_that_lacks_a_field_is_refused(name: str) -> None:
    payload = orjson.dumps({field: value for field, value in FIELDS.items() if field != name})

    with pytest.raises(ValueError, match="fields differ"):
        Tick.decode(payload)


@pytest.mark.parametrize("value", [None, 1.5, [], {}])
@pytest.mark.parametrize("name", FIELDS)
def test_a_tick_with_a_field_of_another_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} is no"):
        Tick.decode(orjson.dumps(FIELDS | {name: value}))


def test_a_truth_value_is_no_number_and_a_number_no_truth_value() -> None:
    for changed in ({"price": True}, {"buyer_is_maker": 1}, {"trade_id": "1"}):
        with pytest.raises(ValueError, match="not a tick"):
            Tick.decode(orjson.dumps(FIELDS | changed))


def test_a_tick_with_more_than_its_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="fields differ"):
        Tick.decode(orjson.dumps(FIELDS | {"more": 1}))


@pytest.mark.parametrize("payload", [b"", b"{", b"null", b"[]", b"1", b'"tick"', b"\xff", b"{}"])
def test_junk_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's message is its own
        Tick.decode(payload)
