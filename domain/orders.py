"""Positions and what happens to them, as plain values: cents, raw prices, milliseconds.

The Lua library in `orders/` makes them; everybody else only reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Side(StrEnum):
    """Long profits from a rise, short from a fall."""

    LONG = "long"
    SHORT = "short"


class CloseReason(StrEnum):
    """Why a position ended."""

    MANUAL = "manual"
    PARTIAL_CLOSE = "partial_close"
    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP = "trailing_stop"
    LIQUIDATION = "liquidation"


class EventKind(StrEnum):
    """What an order event tells; each is one step of an account's sequence number."""

    ACCOUNT_OPENED = "account_opened"
    DEPOSITED = "deposited"
    RESET = "reset"
    ADJUSTED = "adjusted"
    OPENED = "opened"
    MARGIN_ADDED = "margin_added"
    REDUCED = "reduced"
    MODIFIED = "modified"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TrailingStop:
    """A stop that follows the price at a distance. Prices raw.

    peak: the best closing price since it was set; stop_price: where it fires, `distance` behind the peak.
    """

    distance: int
    peak: int
    stop_price: int

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Self | None:
        """From the text fields that the Lua library writes; None when the position has none."""
        if not fields.get("trailing_distance"):
            return None
        return cls(
            distance=int(fields["trailing_distance"]),
            peak=int(fields["trailing_peak"]),
            stop_price=int(fields["trailing_price"]),
        )


@dataclass(frozen=True, slots=True)
class Position:
    """One open position, or a closed one as it last was. Prices raw, money in cents, times in ms."""

    order_id: str
    user_id: str
    asset: str
    side: Side
    margin: int
    initial_margin: int
    added_margin: int
    notional: int
    leverage: int
    open_price: int
    opened_at_ms: int
    liquidation_price: int
    take_profit: int | None
    stop_loss: int | None
    trailing_stop: TrailingStop | None
    # Fees paid so far: at the opening and with margin added.
    opening_fee: int

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Self:
        """A position from the text fields that the Lua library writes; raises KeyError, ValueError."""
        return cls(
            order_id=fields["order_id"],
            user_id=fields["user_id"],
            asset=fields["asset"],
            side=Side(fields["side"]),
            margin=int(fields["margin"]),
            initial_margin=int(fields["initial_margin"]),
            added_margin=int(fields["added_margin"]),
            notional=int(fields["notional"]),
            leverage=int(fields["leverage"]),
            open_price=int(fields["open_price"]),
            opened_at_ms=int(fields["opened_at_ms"]),
            liquidation_price=int(fields["liquidation_price"]),
            take_profit=_optional(fields["take_profit"]),
            stop_loss=_optional(fields["stop_loss"]),
            trailing_stop=TrailingStop.from_fields(fields),
            opening_fee=int(fields["opening_fee"]),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """The trade that fired an automatic close, and the trigger it touched."""

    trade_id: int
    price: int
    bid: int
    ask: int
    time_ms: int
    trigger: int


@dataclass(frozen=True, slots=True)
class Closing:
    """How a position ended. pnl is what the trader won or lost, never less than minus the margin."""

    close_price: int
    closed_at_ms: int
    pnl: int
    fee: int
    # Paid to the balance: margin + pnl - fee.
    credit: int
    # What the margin did not cover of the loss; the house bears it.
    shortfall: int
    reason: CloseReason
    receipt: Receipt | None
    # The position that a partial close took this part from.
    parent_order_id: str | None

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Self:
        """A closing from the text fields that the Lua library writes; raises KeyError, ValueError."""
        receipt = None
        if fields.get("receipt_trade_id"):
            receipt = Receipt(
                trade_id=int(fields["receipt_trade_id"]),
                price=int(fields["receipt_price"]),
                bid=int(fields["receipt_bid"]),
                ask=int(fields["receipt_ask"]),
                time_ms=int(fields["receipt_time_ms"]),
                trigger=int(fields["receipt_trigger"]),
            )
        return cls(
            close_price=int(fields["close_price"]),
            closed_at_ms=int(fields["closed_at_ms"]),
            pnl=int(fields["pnl"]),
            fee=int(fields["fee"]),
            credit=int(fields["credit"]),
            shortfall=int(fields["shortfall"]),
            reason=CloseReason(fields["reason"]),
            receipt=receipt,
            parent_order_id=fields.get("parent_order_id") or None,
        )


@dataclass(frozen=True, slots=True, order=True)
class EventId:
    """A stream id: milliseconds of the server's clock, and a counter within them."""

    ms: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From Redis' `ms-number`."""
        ms, _, number = text.partition("-")
        return cls(int(ms), int(number))

    def __str__(self) -> str:
        return f"{self.ms}-{self.number}"


FIRST_EVENT_ID = EventId(0, 0)


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One change of one account, complete enough to replay it.

    seq counts the account's events from 1. balance is the account's after the event. amount is what a
    deposit or added margin brought, or by how much a reset or an operator changed the balance; fee what this
    event cost.
    """

    event_id: EventId
    shard: int
    kind: EventKind
    user_id: str
    seq: int
    at_ms: int
    balance: int
    amount: int
    fee: int
    position: Position | None
    closing: Closing | None
    # As it lies in the stream; kept word for word in PostgreSQL.
    fields: Mapping[str, str]

    @classmethod
    def from_fields(cls, event_id: EventId, shard: int, fields: Mapping[str, str]) -> Self:
        """An event from the text fields of the stream; raises KeyError, ValueError."""
        kind = EventKind(fields["kind"])
        return cls(
            event_id=event_id,
            shard=shard,
            kind=kind,
            user_id=fields["user_id"],
            seq=int(fields["seq"]),
            at_ms=int(fields["at_ms"]),
            balance=int(fields["balance"]),
            amount=int(fields.get("amount", "0")),
            fee=int(fields.get("fee", "0")),
            position=Position.from_fields(fields) if "order_id" in fields else None,
            closing=Closing.from_fields(fields) if kind is EventKind.CLOSED else None,
            fields=dict(fields),
        )


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """What an open would do now, computed by the code that would do it. Money in cents.

    position: as it would be opened, with an empty order id. gain_per_percent: what a move of the price by 1 %
    wins or loses. pnl_at_*: what reaching the trigger exactly would bring, before the closing fee.
    """

    position: Position
    fee: int
    balance_after: int
    gain_per_percent: int
    pnl_at_take_profit: int | None
    pnl_at_stop_loss: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it stands: balance in cents, its open positions in the order they were opened."""

    user_id: str
    balance: int
    seq: int
    positions: tuple[Position, ...]
    # The newest event of the account's shard when this was read: a consistent snapshot.
    last_event_id: EventId
    shard: int


@dataclass(frozen=True, slots=True)
class AssetLimits:
    """What operators allow of new positions in an asset. Cents of notional; None: as the terms say.

    close_only: nothing may be opened. exposure_max: of the difference of longs and shorts.
    """

    close_only: bool = False
    position_max: int | None = None
    exposure_max: int | None = None
    leverage_max: int | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What the house has made, and what is open by asset. Money in cents.

    trading: what traders lost less what they won, before the shortfall is taken off. exposures: open notional
    of longs and of shorts.
    """

    fees: int
    trading: int
    shortfall: int
    exposures: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Quote:
    """An asset's price as the order state holds it; bid, ask and price are raw."""

    symbol: str
    bid: int
    ask: int
    price: int
    trade_id: int
    event_time_ms: int
    applied_at_ms: int
    source: str
    stale: bool


def _optional(text: str) -> int | None:
    return int(text) if text else None
