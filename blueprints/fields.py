"""The types of what clients send, converted on the way in: USD to cents, prices to raw, by their digits."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
    model_validator,
)

from domain.units import (
    NOTIONAL_CENTS_MAX,
    PRICE_DECIMALS,
    PRICE_RAW_MAX,
    USD_DECIMALS,
    NotExact,
    decimal_text,
    scaled,
)

# Plain decimals only: no exponent, sign, space or underscore in text.
_DECIMAL = re.compile(r"\d{1,15}(\.\d{1,20})?", re.ASCII)


class Body(BaseModel):
    """A request's body or query. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_max_length=512)


def _number(decimals: int, most: int, what: str) -> Callable[[Any], int]:
    bounds = f"above 0, at most {decimal_text(most, decimals)}, with at most {decimals} decimals"

    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise ValueError(f"{what} must be a number or a decimal string")
        if isinstance(value, str) and not _DECIMAL.fullmatch(value):
            raise ValueError(f"{what} must be a plain decimal, like 100.50")
        try:
            number = scaled(value, decimals)
        except NotExact as error:
            raise ValueError(f"{what} must be {bounds}") from error
        if not 0 < number <= most:
            raise ValueError(f"{what} must be {bounds}")
        return number

    return parse


def _plain_email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error


_USD_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "number"}, {"type": "string"}], "description": "USD", "examples": [100.5, "100.50"]}
)

UsdCents = Annotated[
    int, BeforeValidator(_number(USD_DECIMALS, NOTIONAL_CENTS_MAX, "the amount")), _USD_SCHEMA
]
UsdPrice = Annotated[int, BeforeValidator(_number(PRICE_DECIMALS, PRICE_RAW_MAX, "the price")), _USD_SCHEMA]
UsdDistance = Annotated[
    int, BeforeValidator(_number(PRICE_DECIMALS, PRICE_RAW_MAX, "the distance")), _USD_SCHEMA
]
AssetSymbol = Literal["BTC", "ETH", "SOL"]
Email = Annotated[str, Field(max_length=254), AfterValidator(_plain_email)]


def _one_line(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("must be printable text on one line")
    return value.strip()


# A name that a person gives something.
Line = Annotated[str, AfterValidator(_one_line)]


class TrailingStop(Body):
    """A stop that follows the best closing price since it was set at a distance, in USD, one way only.

    The closing price is the bid of a buy, the ask of a sell. Not enabled is the same as none.
    """

    enabled: StrictBool
    trailingDistance: UsdDistance | None = None

    @model_validator(mode="after")
    def _has_a_distance(self) -> Self:
        if self.enabled and self.trailingDistance is None:
            raise ValueError("an enabled trailing stop needs its trailingDistance")
        return self

    @property
    def distance(self) -> int | None:
        """How far behind it follows, raw; None when it is not enabled."""
        return self.trailingDistance if self.enabled else None
