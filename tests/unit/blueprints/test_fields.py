"""What clients send becomes cents and raw prices by its digits, or is refused."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from blueprints.fields import Body, Email, TrailingStop, UsdCents, UsdPrice
from blueprints.jsons import StrictJSON
from domain.units import NOTIONAL_CENTS_MAX, PRICE_RAW_MAX, decimal_text


class Money(Body):
    """An amount and a price."""

    amount: UsdCents
    price: UsdPrice


class Person(Body):
    """Somebody with an address."""

    email: Email


@given(amount=st.integers(1, NOTIONAL_CENTS_MAX), price=st.integers(1, PRICE_RAW_MAX))
def test_every_amount_and_price_in_range_is_exact_as_text_and_as_a_number(amount: int, price: int) -> None:
    texts = {"amount": decimal_text(amount, 2), "price": decimal_text(price, 4)}
    numbers = {name: Decimal(text) for name, text in texts.items()}

    for values in (texts, numbers):
        money = Money.model_validate(values)
        assert (money.amount, money.price) == (amount, price)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, [], {}, b"1", 1.5, 0, -1, Decimal("0"), Decimal("-0.01"), Decimal("0.001")),
        *(Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), Decimal("1e-400"), 10**30, "", " ", "1 "),
        *("+1", "-1", "1e3", "1_0", "0x1", ".5", "1.", "\u0661", "NaN", "0", "0.00", "0.001", "1" * 400),
        decimal_text(NOTIONAL_CENTS_MAX + 1, 2),
    ],
)
def test_an_amount_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": value, "price": "1"})


@pytest.mark.parametrize(
    ("value", "distance"),
    [
        ({"enabled": True, "trailingDistance": 100}, 1_000_000),
        ({"enabled": True, "trailingDistance": "0.0001"}, 1),
        ({"enabled": True, "trailingDistance": Decimal("12.3456")}, 123_456),
        ({"enabled": False}, None),
        ({"enabled": False, "trailingDistance": None}, None),
        ({"enabled": False, "trailingDistance": 100}, None),
    ],
)
def test_a_trailing_stop_follows_at_its_distance_if_it_is_enabled(value: Any, distance: int | None) -> None:
    assert TrailingStop.model_validate(value).distance == distance


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize(
    "distance",
    [*(0, -1, True, "", "1e3", "-1", "0.00001", 10**30, [], {}, Decimal("NaN"), 1.5), PRICE_RAW_MAX],
)
def test_a_trailing_stop_at_no_distance_is_refused(enabled: bool, distance: Any) -> None:
    with pytest.raises(ValidationError):
        TrailingStop.model_validate({"enabled": enabled, "trailingDistance": distance})


@pytest.mark.parametrize(
    "value",
    [
        *({}, [], "x", True, {"trailingDistance": 100}, {"enabled": True}, {"enabled": None}),
        *({"enabled": 1, "trailingDistance": 100}, {"enabled": "true", "trailingDistance": 100}),
        {"enabled": True, "trailingDistance": None},
    ],
)
def test_a_trailing_stop_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TrailingStop.model_validate(value)


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [("Trader@Example.COM", "trader@example.com"), ("a+b@example.com", "a+b@example.com")],
)
def test_an_address_is_kept_in_lower_case(given_as: str, kept_as: str) -> None:
    assert Person(email=given_as).email == kept_as


@pytest.mark.parametrize(
    "value", ["", "x", "@example.com", "a@", "a b@example.com", "a@b@c.com", "a@example.com\n", "x" * 300]
)
def test_an_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        Person(email=value)


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "Infinity", "-Infinity", '{"a": NaN}', "1e99999999999999999999", "", "{", "01", "'a'"),
        *("[" * 100_000, "9" * 5_000, b"\xff"),
    ],
)
def test_what_is_no_json_is_a_value_error(text: str | bytes, strict: StrictJSON) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own words
        strict.loads(text)


def test_fractions_keep_their_digits(strict: StrictJSON) -> None:
    assert strict.loads("[0.1, 64500.120000000001, 1e2]") == [
        Decimal("0.1"),
        Decimal("64500.120000000001"),
        Decimal("1e2"),
    ]


@pytest.fixture
def strict() -> StrictJSON:
    """The JSON of an app."""
    return StrictJSON(Flask("tests"))
