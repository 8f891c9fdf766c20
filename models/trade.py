"""The exchange's trades, and the batches that brought them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Trade(Base):
    """One trade. The key holds the time, so that the table can be split by it."""

    __tablename__ = "trades"
    __table_args__ = (
        sa.CheckConstraint("price > 0", name="price_positive"),
        sa.CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        sa.Index("ix_trades_symbol_time", "symbol", "time"),
    )

    symbol: Mapped[str] = mapped_column(primary_key=True)
    trade_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    price: Mapped[int]
    # x 10^8
    quantity: Mapped[int]
    buyer_is_maker: Mapped[bool]


class TradeBatch(Base):
    """A batch that PostgreSQL has: written in the batch's own transaction, read by its batcher."""

    __tablename__ = "trade_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    trades: Mapped[int]
    persisted_at: Mapped[datetime] = mapped_column(server_default=sa.func.now(), index=True)
