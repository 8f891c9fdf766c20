"""Order events in plain words: amounts in dollars, prices in full, times in UTC."""

from domain.orders import CloseReason, Closing, EventKind, OrderEvent, Position, Receipt
from domain.units import PRICE_DECIMALS, USD_SCALE, decimal_text
from market.trades import at_ms

_REASONS = {
    CloseReason.MANUAL: "by hand",
    CloseReason.PARTIAL_CLOSE: "in part",
    CloseReason.TAKE_PROFIT: "by take profit",
    CloseReason.STOP_LOSS: "by stop loss",
    CloseReason.TRAILING_STOP: "by trailing stop",
    CloseReason.LIQUIDATION: "by liquidation",
}


def dollars(cents: int, *, signed: bool = False) -> str:
    """-1234567 -> -$12,345.67"""
    whole, rest = divmod(abs(cents), USD_SCALE)
    sign = "-" if cents < 0 else "+" if signed else ""
    return f"{sign}${whole:,}.{rest:02d}"


def price(raw: int) -> str:
    """645001200 -> 64500.1200"""
    return decimal_text(raw, PRICE_DECIMALS)


def moment(ms: int) -> str:
    """Milliseconds since the epoch as 2026-03-04T12:00:00.123Z."""
    return at_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_line(event: OrderEvent) -> str:
    """One event of an account."""
    place = f"{moment(event.at_ms)}  #{event.seq}  {event.event_id}"
    return f"{place}  {told(event)}; balance {dollars(event.balance)}"


def told(event: OrderEvent) -> str:
    """What happened."""
    position, closing = event.position, event.closing
    match event.kind:
        case EventKind.ACCOUNT_OPENED:
            return f"account opened with {dollars(event.amount)}"
        case EventKind.DEPOSITED:
            return f"deposited {dollars(event.amount)}"
        case EventKind.RESET:
            return f"started over: balance changed by {dollars(event.amount, signed=True)}"
        case EventKind.ADJUSTED:
            return f"balance adjusted by an operator: {dollars(event.amount, signed=True)}"
    if position is None:
        return event.kind
    order = f"{position.side} {position.asset} {position.order_id}"
    match event.kind:
        case EventKind.OPENED:
            return f"opened {order}: {position_words(position)}; fee {dollars(event.fee)}"
        case EventKind.MARGIN_ADDED:
            added = f"added {dollars(event.amount)} of margin to {order}"
            return f"{added}: now {position_words(position)}; fee {dollars(event.fee)}"
        case EventKind.MODIFIED:
            return f"changed the triggers of {order}: now {trigger_words(position) or 'none'}"
        case EventKind.REDUCED:
            return f"left of {order}: {position_words(position)}"
    return f"closed {order} {_closing_words(position, closing)}" if closing else event.kind


def position_words(position: Position) -> str:
    """What an open position is."""
    triggers = trigger_words(position)
    return (
        f"{dollars(position.margin)} at {position.leverage}x (notional {dollars(position.notional)})"
        f" from {price(position.open_price)}, liquidation {_liquidation(position)}"
        + (f", {triggers}" if triggers else "")
    )


def trigger_words(position: Position) -> str:
    """Its take profit, stop loss and trailing stop; empty when it has none."""
    trailing = position.trailing_stop
    words = [
        f"take profit {price(position.take_profit)}" if position.take_profit is not None else "",
        f"stop loss {price(position.stop_loss)}" if position.stop_loss is not None else "",
        f"trailing stop {price(trailing.distance)} behind {price(trailing.peak)}" if trailing else "",
    ]
    return ", ".join(filter(None, words))


def _liquidation(position: Position) -> str:
    # A long with the whole notional for margin can't be.
    return price(position.liquidation_price) if position.liquidation_price else "never"


def _closing_words(position: Position, closing: Closing) -> str:
    part = f" (a part of {closing.parent_order_id})" if closing.parent_order_id else ""
    shortfall = f", the house bears {dollars(closing.shortfall)}" if closing.shortfall else ""
    return (
        f"{_REASONS[closing.reason]}{part} at {price(closing.close_price)}:"
        f" opened at {price(position.open_price)} with {dollars(position.margin)},"
        f" PnL {dollars(closing.pnl, signed=True)}, fee {dollars(closing.fee)},"
        f" paid out {dollars(closing.credit)}{shortfall}"
        + (f"; receipt: {receipt_words(closing.receipt)}" if closing.receipt else "")
    )


def receipt_words(receipt: Receipt) -> str:
    """The trade that ended a position, and the trigger it touched."""
    return (
        f"trade {receipt.trade_id} of {moment(receipt.time_ms)} at {price(receipt.price)}"
        f" (bid {price(receipt.bid)}, ask {price(receipt.ask)}) touched {price(receipt.trigger)}"
    )
