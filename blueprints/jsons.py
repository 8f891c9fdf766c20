"""JSON in and out: decimals come in by their digits, never as floats; what isn't JSON is refused."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from flask.json.provider import JSONProvider


class StrictJSON(JSONProvider):
    """Reads numbers exactly and refuses NaN and infinities; writes with orjson."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        """Any JSON value as text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """JSON text as values, fractions as Decimal. Raises ValueError on anything that is not JSON."""
        try:
            return json.loads(s, parse_float=Decimal, parse_constant=_no_such_number)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        except InvalidOperation as error:
            raise ValueError("a number's exponent is out of range") from error


def _no_such_number(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
