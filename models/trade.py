"""The exchange's trades, and the batches that brought them."""

import re
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

# Where PostgreSQL by itself keeps the trades that no day of its own is there for.
DEFAULT_PARTITION = "trades_default"


class Trade(Base):
    """One trade. The key holds the time, as the table is split by it: a migration does that.

    No second index: candles are read from their own table, trades by id, or by a day of them at most.
    """

    __tablename__ = "trades"
    __table_args__ = (
        sa.CheckConstraint("price > 0", name="price_positive"),
        sa.CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )

    symbol: Mapped[str] = mapped_column(primary_key=True)
    trade_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    price: Mapped[int]
    # x 10^8
    quantity: Mapped[int]
    buyer_is_maker: Mapped[bool]


def day_partition(day: date) -> str:
    """The table of one UTC day's trades."""
    return f"trades_{day:%Y%m%d}"


def is_partition(table: str) -> bool:
    """Whether the table is a part of `trades`: no model is its own."""
    return table == DEFAULT_PARTITION or re.fullmatch(r"trades_\d{8}", table) is not None


class TradeBatch(Base):
    """A batch that PostgreSQL has: written in the batch's own transaction, read by its batcher."""

    __tablename__ = "trade_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    trades: Mapped[int]
    persisted_at: Mapped[datetime] = mapped_column(server_default=sa.func.now(), index=True)
