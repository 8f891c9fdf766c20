"""Double entry: what each order event moves between the ledger's accounts.

Pure. Every event's postings sum to zero, so the whole ledger always does (design, section 7, promise 2).
"""

from domain.orders import Closing, EventKind, OrderEvent, Position
from models import LedgerAccount

Postings = dict[LedgerAccount, int]


class UnbalancedError(RuntimeError):
    """An event's amounts contradict each other: money would appear or vanish."""


def postings(event: OrderEvent) -> Postings:
    """Cents that come to each account, negative when they leave; nothing where nothing moves.

    Raises UnbalancedError when they don't sum to zero, ValueError when the event lacks what its kind has.
    """
    moved = {account: amount for account, amount in _moved(event).items() if amount}
    if sum(moved.values()) != 0:
        raise UnbalancedError(f"event {event.event_id} of shard {event.shard} moves {moved}")
    return moved


def raw_pnl(closing: Closing) -> int:
    """Profit before the loss was capped at the margin: the position's worth by price alone."""
    return closing.pnl - closing.shortfall


def _moved(event: OrderEvent) -> Postings:
    match event.kind:
        # What a reset or an operator gives or takes comes from outside and goes there, like a deposit or a
        # withdrawal.
        case EventKind.ACCOUNT_OPENED | EventKind.DEPOSITED | EventKind.RESET | EventKind.ADJUSTED:
            return _deposit(event.amount)
        case EventKind.OPENED:
            return _stake(_position(event).margin, event.fee)
        case EventKind.MARGIN_ADDED:
            return _stake(event.amount, event.fee)
        case EventKind.REDUCED | EventKind.MODIFIED:
            # The part that was closed is an event of its own; triggers are no money.
            return {}
        case EventKind.CLOSED:
            return _settlement(_position(event), closing_of(event))


def _deposit(amount: int) -> Postings:
    return {LedgerAccount.TRADER_CASH: amount, LedgerAccount.DEPOSITS: -amount}


def _stake(margin: int, fee: int) -> Postings:
    return {
        LedgerAccount.TRADER_CASH: -(margin + fee),
        LedgerAccount.TRADER_MARGIN: margin,
        LedgerAccount.HOUSE_FEES: fee,
    }


def _settlement(position: Position, closing: Closing) -> Postings:
    return {
        LedgerAccount.TRADER_MARGIN: -position.margin,
        LedgerAccount.TRADER_CASH: closing.credit,
        LedgerAccount.HOUSE_FEES: closing.fee,
        LedgerAccount.HOUSE_PNL: -raw_pnl(closing),
        LedgerAccount.HOUSE_SHORTFALL: -closing.shortfall,
    }


def _position(event: OrderEvent) -> Position:
    if event.position is None:
        raise ValueError(f"event {event.event_id} of shard {event.shard} has no position")
    return event.position


def closing_of(event: OrderEvent) -> Closing:
    """The closing of a `closed` event; raises ValueError when it has none."""
    if event.closing is None:
        raise ValueError(f"event {event.event_id} of shard {event.shard} has no closing")
    return event.closing
