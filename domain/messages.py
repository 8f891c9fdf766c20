"""What travels between processes about the market."""

from dataclasses import dataclass
from typing import Any, Self, get_type_hints

import orjson


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade of the exchange, decoded once by the poller.

    symbol: our asset symbol. price: raw. quantity: x 10^8. event_time_ms: the exchange's trade time.
    received_time_us: when the poller had it, microseconds since the epoch. source: the feed it came from.
    """

    symbol: str
    trade_id: int
    price: int
    quantity: int
    event_time_ms: int
    buyer_is_maker: bool
    received_time_us: int
    source: str

    def encode(self) -> bytes:
        """The tick as it lies in the Kafka topic `trades`: one JSON object."""
        return orjson.dumps(self)

    @classmethod
    def decode(cls, payload: bytes | str) -> Self:
        """The tick that `encode` wrote; raises ValueError on anything else."""
        return cls(**tick_fields(payload))


@dataclass(frozen=True, slots=True)
class PastTick(Tick):
    """A trade that was missed when it happened: for the history only, never a price and never a trigger."""


def tick_fields(payload: bytes | str) -> dict[str, Any]:
    """A tick's fields by name, for who makes something else of them; raises ValueError as `decode` does."""
    fields = orjson.loads(payload)
    if not isinstance(fields, dict) or fields.keys() != _TICK_TYPES.keys():
        raise ValueError("not a tick: its fields differ")
    for name, kind in _TICK_TYPES.items():
        if type(fields[name]) is not kind:
            raise ValueError(f"not a tick: {name} is no {kind.__name__}")
    return fields


_TICK_TYPES: dict[str, type] = get_type_hints(Tick)
