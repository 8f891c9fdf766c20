"""Scales, limits, and the only conversions between decimal text and integers.

Prices are integers x PRICE_SCALE ("raw"), money is integer cents. No float touches either: an
exchange's or a client's decimal is converted by its digits.
"""

from decimal import Decimal, InvalidOperation

PRICE_DECIMALS = 4
PRICE_SCALE = 10**PRICE_DECIMALS
USD_DECIMALS = 2
USD_SCALE = 10**USD_DECIMALS
# Binance quotes quantities with eight decimals; they are stored at that scale.
QUANTITY_DECIMALS = 8
QUANTITY_SCALE = 10**QUANTITY_DECIMALS
BASIS_POINTS = 10_000

# Where mul_div in Lua is exact (design, section 2): a + c < 2^38, b < 2^45, result < 2^53.
NOTIONAL_CENTS_MAX = 130_000_000_000  # $1.3 billion
PRICE_RAW_MAX = 130_000_000_000  # $13 million
assert NOTIONAL_CENTS_MAX * 2 < 2**38
assert PRICE_RAW_MAX * 2 < 2**38
assert PRICE_RAW_MAX < 2**45
# Cents of notional for each raw unit of the open price: the largest size of a position (3,464,300 coins).
# It keeps what any price can make of it below 2^52 cents.
SIZE_MAX = 2**52 // PRICE_RAW_MAX

_PLAIN_DIGITS_MAX = 20


class NotExact(ValueError):
    """The text is no decimal number, or has more decimals than its scale holds."""


def scaled(text: str | int | Decimal, decimals: int) -> int:
    """`text` x 10^decimals as an integer; raises NotExact when that isn't a whole number.

    >>> scaled("64500.12000000", 4)
    645001200
    """
    if isinstance(text, str) and (plain := _plain_scaled(text, decimals)) is not None:
        return plain
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise NotExact(f"{text!r} is not a decimal number") from error
    if not number.is_finite():
        raise NotExact(f"{text!r} is not a finite number")
    # A bound before any arithmetic: Decimal('1e999999') would otherwise become a gigantic integer.
    if number.adjusted() > 20:
        raise NotExact(f"{text!r} is out of range")
    sign, digits, exponent = number.as_tuple()
    shift = int(exponent) + decimals
    # Not more than some thirty digits: all others stand behind the scale's last decimal, and must be zeros.
    kept = digits if shift >= 0 else digits[:shift]
    if any(digits[len(kept) :]):
        raise NotExact(f"{text!r} has more than {decimals} decimals")
    magnitude = int("".join(map(str, kept)) or "0")
    if shift > 0:
        magnitude *= int(10**shift)
    return int(-magnitude if sign else magnitude)


def _plain_scaled(text: str, decimals: int) -> int | None:
    """The same of text as exchanges write it, in half the time; None: it must be looked at closely."""
    whole, _, fraction = text.partition(".")
    kept = fraction[:decimals]
    digits = whole + kept
    if len(whole) > _PLAIN_DIGITS_MAX or not (whole and digits.isdecimal() and digits.isascii()):
        return None
    if fraction != kept and fraction[decimals:].strip("0"):
        return None
    return int(digits) * int(10 ** (decimals - len(kept)))


def price_raw(text: str | int | Decimal) -> int:
    """A USD price as raw units (x 10,000)."""
    return scaled(text, PRICE_DECIMALS)


def cents(text: str | int | Decimal) -> int:
    """A USD amount as cents."""
    return scaled(text, USD_DECIMALS)


def quantity_raw(text: str | int | Decimal) -> int:
    """A traded quantity as integer x 10^8."""
    return scaled(text, QUANTITY_DECIMALS)


def usd(amount_cents: int) -> float:
    """Cents as the USD number that JSON carries; for display only, never computed with."""
    return float(amount_cents / USD_SCALE)


def price_usd(raw: int) -> float:
    """A raw price as the USD number that JSON carries; for display only."""
    return float(raw / PRICE_SCALE)


def decimal_text(value: int, decimals: int) -> str:
    """An integer at a scale as decimal text with all its decimals.

    >>> decimal_text(26300, 8)
    '0.00026300'
    """
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).zfill(decimals + 1)
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits
