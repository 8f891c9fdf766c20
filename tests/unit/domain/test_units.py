"""Decimal text becomes integers by its digits: all are kept, or the text is refused."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.units import NotExact, cents, decimal_text, price_raw, quantity_raw, scaled

decimals_of_scales = st.integers(0, 8)


@given(value=st.integers(-(10**18), 10**18), decimals=decimals_of_scales)
def test_every_integer_survives_being_written_and_read(value: int, decimals: int) -> None:
    assert scaled(decimal_text(value, decimals), decimals) == value


@given(
    number=st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False),
    decimals=decimals_of_scales,
)
def test_a_decimal_is_exact_or_refused(number: Decimal, decimals: int) -> None:
    exact = Fraction(number) * 10**decimals

    if exact.denominator == 1:
        assert scaled(number, decimals) == exact
    else:
        with pytest.raises(NotExact, match="decimals"):
            scaled(number, decimals)


def outcome(value: str | Decimal, decimals: int) -> int | None:
    """What it is scaled, None when it is refused."""
    try:
        return scaled(value, decimals)
    except NotExact:
        return None


# As exchanges write numbers, and nearly so.
nearly_plain = st.from_regex(r"[-+]?[0-9]{0,22}\.?[0-9]{0,6}0{0,6}[0-9_. e\u0661]?", fullmatch=True)


@given(text=nearly_plain, decimals=decimals_of_scales)
def test_text_is_read_as_the_decimal_that_it_writes(text: str, decimals: int) -> None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        assert outcome(text, decimals) is None
    else:
        assert outcome(text, decimals) == outcome(number, decimals)


@given(text=st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        value = scaled(text, 4)
    except NotExact:
        return
    assert Decimal(text) * 10_000 == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "1e21",
        "1e999999999",
        "1e9999999999999999999999",
        "-1e400",
        "1e-9999999999",
        "0.00001",
        "9" * 5_000,
        "0." + "1" * 5_000,
    ],
)
def test_what_is_no_exact_price_is_refused(text: str) -> None:
    with pytest.raises(NotExact):
        price_raw(text)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("64500.12000000", 645_001_200),
        ("64500.12" + "0" * 5_000, 645_001_200),
        ("0." + "0" * 5_000, 0),
        ("0e-999999", 0),
        ("-0", 0),
        ("-0.0001", -1),
        ("1e4", 100_000_000),
        ("1E-4", 1),
        ("100000e-4", 100_000),
    ],
)
def test_an_exact_price_keeps_all_its_digits(text: str, raw: int) -> None:
    assert price_raw(text) == raw


def test_each_unit_has_its_scale() -> None:
    assert cents("100.50") == 10_050
    assert price_raw("100.50") == 1_005_000
    assert quantity_raw("0.00026300") == 26_300


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(26_300, 8, "0.00026300"), (-1, 2, "-0.01"), (-100, 2, "-1.00"), (0, 4, "0.0000"), (7, 0, "7")],
)
def test_an_integer_is_written_with_all_its_decimals(value: int, decimals: int, text: str) -> None:
    assert decimal_text(value, decimals) == text
