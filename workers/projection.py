"""What order events make of the tables that follow them. Pure: events in, rows out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.orders import Closing, EventId, EventKind, OrderEvent, Position
from market.trades import at_ms
from models import LedgerAccount
from workers.bookkeeping import closing_of, postings

Row = dict[str, Any]


class BrokenSequenceError(RuntimeError):
    """An account's events have a gap or come twice: some were lost, or are another account's."""


@dataclass
class Profit:
    """By how much the house's figures change; money in cents."""

    fees: int = 0
    # What traders lost to the house less what they won, before the shortfall is taken off.
    trading: int = 0
    shortfall: int = 0
    open_orders: int = 0
    closed_orders: int = 0


@dataclass
class Changes:
    """Rows to append, set and remove, for some events of one shard in a row."""

    last: EventId
    at_ms: int
    events: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    active: dict[UUID, Row] = field(default_factory=dict)
    # Orders that must be in active_orders no more; one that was opened in the same batch never was.
    ended: set[UUID] = field(default_factory=set)
    closed: list[Row] = field(default_factory=list)
    balances: dict[UUID, Row] = field(default_factory=dict)
    # The first sequence number of each account here: it must follow the one that PostgreSQL has.
    first_seqs: dict[UUID, int] = field(default_factory=dict)
    profit: Profit = field(default_factory=Profit)


def project(events: Iterable[OrderEvent]) -> Changes:
    """The changes of one or more events of a shard, oldest first.

    Raises BrokenSequenceError, UnbalancedError, or ValueError for an event that is none.
    """
    changes: Changes | None = None
    for event in events:
        changes = changes or Changes(last=event.event_id, at_ms=event.at_ms)
        changes.last, changes.at_ms = event.event_id, event.at_ms
        _append(changes, event)
        _follow_account(changes, event)
        _follow_order(changes, event)
    if changes is None:
        raise ValueError("no events to project")
    return changes


def _append(changes: Changes, event: OrderEvent) -> None:
    key = {"shard": event.shard, "event_ms": event.event_id.ms, "event_number": event.event_id.number}
    user_id = UUID(event.user_id)
    changes.events.append(
        key
        | {
            "user_id": user_id,
            "seq": event.seq,
            "kind": event.kind.value,
            "balance": event.balance,
            "at": at_ms(event.at_ms),
            "fields": dict(event.fields),
        }
    )
    booked = postings(event)
    for account, amount in booked.items():
        changes.entries.append(key | {"account": account.value, "user_id": user_id, "amount": amount})
    # The house's figures are the ledger's, so the two can never tell different profits.
    changes.profit.fees += booked.get(LedgerAccount.HOUSE_FEES, 0)
    changes.profit.trading += booked.get(LedgerAccount.HOUSE_PNL, 0)
    changes.profit.shortfall -= booked.get(LedgerAccount.HOUSE_SHORTFALL, 0)


def _follow_account(changes: Changes, event: OrderEvent) -> None:
    user_id = UUID(event.user_id)
    before = changes.balances.get(user_id)
    if before is None:
        changes.first_seqs[user_id] = event.seq
    elif event.seq != before["seq"] + 1:
        raise BrokenSequenceError(f"account {user_id}: event {event.seq} comes after {before['seq']}")
    changes.balances[user_id] = {
        "user_id": user_id,
        "shard": event.shard,
        "balance": event.balance,
        "seq": event.seq,
        "updated_at": at_ms(event.at_ms),
    }


def _follow_order(changes: Changes, event: OrderEvent) -> None:
    if event.position is None:
        return
    if event.kind is EventKind.CLOSED:
        _close(changes, event.position, closing_of(event))
        return
    changes.active[UUID(event.position.order_id)] = order_row(event.position)
    if event.kind is EventKind.OPENED:
        changes.profit.open_orders += 1


def _close(changes: Changes, position: Position, closing: Closing) -> None:
    changes.closed.append(order_row(position) | closing_row(closing))
    changes.profit.closed_orders += 1
    if closing.parent_order_id is None:
        # A part of a position, closed under an id of its own, was never open by itself.
        order_id = UUID(position.order_id)
        changes.active.pop(order_id, None)
        changes.ended.add(order_id)
        changes.profit.open_orders -= 1


def order_row(position: Position) -> Row:
    """The columns that open and closed orders share."""
    trailing = position.trailing_stop
    return {
        "order_id": UUID(position.order_id),
        "user_id": UUID(position.user_id),
        "asset": position.asset,
        "side": position.side.value,
        "margin": position.margin,
        "initial_margin": position.initial_margin,
        "added_margin": position.added_margin,
        "notional": position.notional,
        "leverage": position.leverage,
        "open_price": position.open_price,
        "opened_at": at_ms(position.opened_at_ms),
        "liquidation_price": position.liquidation_price,
        "take_profit": position.take_profit,
        "stop_loss": position.stop_loss,
        "trailing_distance": trailing.distance if trailing else None,
        "trailing_peak": trailing.peak if trailing else None,
        "trailing_price": trailing.stop_price if trailing else None,
        "opening_fee": position.opening_fee,
    }


def closing_row(closing: Closing) -> Row:
    """The columns that only closed orders have."""
    receipt = closing.receipt
    return {
        "parent_order_id": UUID(closing.parent_order_id) if closing.parent_order_id else None,
        "close_price": closing.close_price,
        "closed_at": at_ms(closing.closed_at_ms),
        "pnl": closing.pnl,
        "fee": closing.fee,
        "credit": closing.credit,
        "shortfall": closing.shortfall,
        "reason": closing.reason.value,
        "receipt_trade_id": receipt.trade_id if receipt else None,
        "receipt_price": receipt.price if receipt else None,
        "receipt_bid": receipt.bid if receipt else None,
        "receipt_ask": receipt.ask if receipt else None,
        "receipt_time": at_ms(receipt.time_ms) if receipt else None,
        "receipt_trigger": receipt.trigger if receipt else None,
    }
