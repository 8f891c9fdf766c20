"""Double-entry bookkeeping: every event's entries sum to zero, so all of them do."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class LedgerAccount(StrEnum):
    """Where money can be."""

    TRADER_CASH = "trader_cash"
    TRADER_MARGIN = "trader_margin"
    HOUSE_FEES = "house_fees"
    HOUSE_PNL = "house_pnl"
    HOUSE_SHORTFALL = "house_shortfall"
    DEPOSITS = "deposits"


class LedgerEntry(Base):
    """One side of one booking, in cents; positive is money that came to the account."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["shard", "event_ms", "event_number"],
            ["order_events.shard", "order_events.event_ms", "order_events.event_number"],
        ),
        sa.CheckConstraint(
            "account in ('trader_cash','trader_margin','house_fees','house_pnl','house_shortfall',"
            "'deposits')",
            name="account_known",
        ),
        sa.CheckConstraint("amount <> 0", name="amount_not_zero"),
        sa.Index("ix_ledger_entries_user_id", "user_id"),
    )

    shard: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    event_ms: Mapped[int] = mapped_column(primary_key=True)
    event_number: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    # The account whose event it was; house entries carry it too.
    user_id: Mapped[UUID]
    amount: Mapped[int]


class PlatformProfit(Base):
    """What the house has made by a shard's accounts, and how many orders there are and were."""

    __tablename__ = "platform_profit"
    __table_args__ = (
        sa.CheckConstraint("fees >= 0 and shortfall >= 0", name="not_negative"),
        sa.CheckConstraint("open_orders >= 0 and closed_orders >= 0", name="counts_not_negative"),
    )

    shard: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    fees: Mapped[int] = mapped_column(server_default="0")
    # What traders lost to the house, less what they won, before the shortfall is taken off.
    trading: Mapped[int] = mapped_column(server_default="0")
    shortfall: Mapped[int] = mapped_column(server_default="0")
    open_orders: Mapped[int] = mapped_column(server_default="0")
    closed_orders: Mapped[int] = mapped_column(server_default="0")
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
