"""What the journal makes of the order events: the events themselves, and their projections.

Redis decides; these tables follow it, and are never written by anybody but the journal.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.orders import CloseReason, Closing, Position, Receipt, Side, TrailingStop
from models.base import Base, epoch_ms

_SIDES = "side in ('long', 'short')"
# One trailing stop, whole or not at all.
_TRAILING = "num_nulls(trailing_distance, trailing_peak, trailing_price) in (0, 3)"
# A SHA-256.
_HASH = "octet_length(hash) = 32"
_REASONS = "reason in ('manual','partial_close','take_profit','stop_loss','trailing_stop','liquidation')"


class OrderEventRow(Base):
    """One event of an account, word for word as Redis wrote it."""

    __tablename__ = "order_events"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "seq"),
        sa.CheckConstraint("seq > 0", name="seq_positive"),
        sa.CheckConstraint("balance >= 0", name="balance_not_negative"),
        sa.CheckConstraint(_HASH, name="hash_whole"),
    )

    shard: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    event_ms: Mapped[int] = mapped_column(primary_key=True)
    event_number: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    seq: Mapped[int]
    kind: Mapped[str]
    balance: Mapped[int]
    at: Mapped[datetime]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Over all of the above and the hash of the shard's event before it: workers/hashchain.py.
    hash: Mapped[bytes]


class JournalOffset(Base):
    """Up to where a shard's events are in PostgreSQL; moved in the transaction that brings them."""

    __tablename__ = "journal_offsets"
    __table_args__ = (sa.CheckConstraint(_HASH, name="hash_whole"),)

    shard: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    event_ms: Mapped[int]
    event_number: Mapped[int]
    # That event's: the end of the shard's chain.
    hash: Mapped[bytes]
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Balance(Base):
    """An account's balance as of its event `seq`."""

    __tablename__ = "balances"
    __table_args__ = (sa.CheckConstraint("balance >= 0", name="balance_not_negative"),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(sa.Integer)
    balance: Mapped[int]
    seq: Mapped[int]
    updated_at: Mapped[datetime]


class _OrderColumns:
    """What an open and a closed order have in common."""

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    asset: Mapped[str]
    side: Mapped[str]
    margin: Mapped[int]
    initial_margin: Mapped[int]
    added_margin: Mapped[int]
    notional: Mapped[int]
    leverage: Mapped[int]
    open_price: Mapped[int]
    opened_at: Mapped[datetime]
    liquidation_price: Mapped[int]
    take_profit: Mapped[int | None]
    stop_loss: Mapped[int | None]
    trailing_distance: Mapped[int | None]
    # As of the order's newest event: ticks that move a peak are no events.
    trailing_peak: Mapped[int | None]
    trailing_price: Mapped[int | None]
    opening_fee: Mapped[int]

    @property
    def position(self) -> Position:
        """The row as the plain value that the rest of the desk speaks of."""
        return Position(
            order_id=str(self.order_id),
            user_id=str(self.user_id),
            asset=self.asset,
            side=Side(self.side),
            margin=self.margin,
            initial_margin=self.initial_margin,
            added_margin=self.added_margin,
            notional=self.notional,
            leverage=self.leverage,
            open_price=self.open_price,
            opened_at_ms=epoch_ms(self.opened_at),
            liquidation_price=self.liquidation_price,
            take_profit=self.take_profit,
            stop_loss=self.stop_loss,
            trailing_stop=self._trailing_stop,
            opening_fee=self.opening_fee,
        )

    @property
    def _trailing_stop(self) -> TrailingStop | None:
        distance, peak, price = self.trailing_distance, self.trailing_peak, self.trailing_price
        if distance is None or peak is None or price is None:
            return None
        return TrailingStop(distance=distance, peak=peak, stop_price=price)


class ActiveOrder(_OrderColumns, Base):
    """An open position."""

    __tablename__ = "active_orders"
    __table_args__ = (
        sa.CheckConstraint(_SIDES, name="side_known"),
        sa.CheckConstraint("margin > 0 and notional > 0 and open_price > 0", name="amounts_positive"),
        sa.CheckConstraint("liquidation_price >= 0 and opening_fee >= 0", name="not_negative"),
        sa.CheckConstraint(_TRAILING, name="trailing_stop_whole"),
        sa.Index("ix_active_orders_user_id", "user_id"),
    )


class ClosedOrder(_OrderColumns, Base):
    """A position that ended, or the part that a partial close took of one."""

    __tablename__ = "closed_orders"
    __table_args__ = (
        sa.CheckConstraint(_SIDES, name="side_known"),
        sa.CheckConstraint(_REASONS, name="reason_known"),
        sa.CheckConstraint("credit >= 0 and fee >= 0 and shortfall >= 0", name="not_negative"),
        sa.CheckConstraint("pnl >= -margin", name="loss_within_margin"),
        sa.CheckConstraint("credit = margin + pnl - fee", name="credit_adds_up"),
        sa.CheckConstraint(_TRAILING, name="trailing_stop_whole"),
        # One automatic close, one receipt, whole or not at all.
        sa.CheckConstraint(
            "num_nulls(receipt_trade_id, receipt_price, receipt_bid, receipt_ask, receipt_time,"
            " receipt_trigger) in (0, 6)",
            name="receipt_whole",
        ),
        # Newest first, page by page.
        sa.Index(
            "ix_closed_orders_user_newest", "user_id", sa.text("closed_at desc"), sa.text("order_id desc")
        ),
    )

    parent_order_id: Mapped[UUID | None]
    close_price: Mapped[int]
    closed_at: Mapped[datetime]
    pnl: Mapped[int]
    fee: Mapped[int]
    credit: Mapped[int]
    shortfall: Mapped[int]
    reason: Mapped[str]
    receipt_trade_id: Mapped[int | None]
    receipt_price: Mapped[int | None]
    receipt_bid: Mapped[int | None]
    receipt_ask: Mapped[int | None]
    receipt_time: Mapped[datetime | None]
    receipt_trigger: Mapped[int | None]

    @property
    def closing(self) -> Closing:
        """How the order ended."""
        return Closing(
            close_price=self.close_price,
            closed_at_ms=epoch_ms(self.closed_at),
            pnl=self.pnl,
            fee=self.fee,
            credit=self.credit,
            shortfall=self.shortfall,
            reason=CloseReason(self.reason),
            receipt=self._receipt,
            parent_order_id=str(self.parent_order_id) if self.parent_order_id else None,
        )

    @property
    def net_pnl(self) -> int:
        """What the order brought: its PnL less every fee it paid, in cents."""
        return self.pnl - self.fee - self.opening_fee

    @property
    def _receipt(self) -> Receipt | None:
        values = (
            self.receipt_trade_id,
            self.receipt_price,
            self.receipt_bid,
            self.receipt_ask,
            None if self.receipt_time is None else epoch_ms(self.receipt_time),
            self.receipt_trigger,
        )
        whole = tuple(value for value in values if value is not None)
        return Receipt(*whole) if len(whole) == len(values) else None
