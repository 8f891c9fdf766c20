"""Accounts as they stood, with the event they stood at: what a restore starts from."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class UserSnapshot(Base):
    """One account at its event `seq`; event_ms and event_number are the shard's newest event then."""

    __tablename__ = "user_snapshots"
    __table_args__ = (
        sa.CheckConstraint("balance >= 0", name="balance_not_negative"),
        sa.Index("ix_user_snapshots_taken_at", "taken_at"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(sa.Integer)
    event_ms: Mapped[int]
    event_number: Mapped[int]
    balance: Mapped[int]
    taken_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class OrderSnapshot(Base):
    """An open position of a snapshot, with its `place` among the account's."""

    __tablename__ = "order_snapshots"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["user_id", "seq"], ["user_snapshots.user_id", "user_snapshots.seq"], ondelete="CASCADE"
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[dict[str, Any]] = mapped_column(JSONB)
