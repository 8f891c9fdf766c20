"""Order events to test with, as the Lua library writes them: text fields, decoded."""

from itertools import count
from typing import Any
from uuid import UUID, uuid4

from domain.orders import EventId, EventKind, OrderEvent

USER_ID = str(UUID(int=1))
AT_MS = 1_772_625_600_000
_numbers = count(1)


def make_event(kind: EventKind, seq: int, *, user_id: str = USER_ID, **fields: Any) -> OrderEvent:
    """An event of an account; fields that aren't given are those of a plain deposit."""
    text = {"kind": kind.value, "user_id": user_id, "seq": seq, "at_ms": AT_MS + seq, "balance": 500_000}
    return OrderEvent.from_fields(
        EventId(AT_MS, next(_numbers)), 0, {name: str(value) for name, value in (text | fields).items()}
    )


def position_fields(order_id: str | None = None, **changed: Any) -> dict[str, Any]:
    """The design's first worked case: $100 long at 10x."""
    fields: dict[str, Any] = {
        "order_id": order_id or str(uuid4()),
        "asset": "BTC",
        "side": "long",
        "margin": 10_000,
        "initial_margin": 10_000,
        "added_margin": 0,
        "notional": 100_000,
        "leverage": 10,
        "open_price": 645_065_700,
        "opened_at_ms": AT_MS,
        "liquidation_price": 580_559_130,
        "take_profit": "",
        "stop_loss": "",
        "opening_fee": 50,
    }
    return fields | changed


def trailing_fields() -> dict[str, Any]:
    """What a position's event says of a trailing stop at $100, set at that case's open."""
    return {"trailing_distance": 1_000_000, "trailing_peak": 644_936_700, "trailing_price": 643_936_700}


def closing_fields(**changed: Any) -> dict[str, Any]:
    """That case's close by hand."""
    fields: dict[str, Any] = {
        "close_price": 651_386_067,
        "closed_at_ms": AT_MS + 60_000,
        "pnl": 979,
        "fee": 50,
        "credit": 10_929,
        "shortfall": 0,
        "reason": "manual",
    }
    return fields | changed


def receipt_fields() -> dict[str, Any]:
    """What a tick leaves that ended a position."""
    return {
        "receipt_trade_id": 77,
        "receipt_price": 645_001_200,
        "receipt_bid": 644_936_700,
        "receipt_ask": 645_065_700,
        "receipt_time_ms": AT_MS,
        "receipt_trigger": 644_950_000,
    }
