"""What operators do to a running desk, why they did it, and what of it is in force."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UserId

REASON_CHARS_MIN, REASON_CHARS_MAX = 5, 500


class OperatorAction(Base):
    """One action of an operator's. Written before it is done: nothing happens that isn't here."""

    __tablename__ = "operator_actions"
    __table_args__ = (
        sa.CheckConstraint(
            f"char_length(reason) between {REASON_CHARS_MIN} and {REASON_CHARS_MAX}", name="reason_length"
        ),
        sa.CheckConstraint("outcome in ('done', 'failed')", name="outcome_known"),
        sa.CheckConstraint("(outcome = 'failed') = (error is not null)", name="failed_for_a_reason"),
        sa.Index("ix_operator_actions_at", "at"),
        sa.Index("ix_operator_actions_subject", "subject"),
    )

    # Of an action that changes an account also the id of the request to the order state.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    # Null: somebody at the command line.
    operator_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id", ondelete="RESTRICT"))
    address: Mapped[str]
    kind: Mapped[str]
    # What it is about: `asset ETH`, `account <id>`, `message 17`, `actor send_mail`.
    subject: Mapped[str]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Null while it is being done, or when nobody lived to tell.
    outcome: Mapped[str | None]
    error: Mapped[str | None]
    # The HTTP request that asked for it.
    trace: Mapped[str] = mapped_column(server_default="")


class AssetLimit(Base):
    """What new positions in an asset are held to. Cents of notional; null: as the terms say."""

    __tablename__ = "asset_limits"
    __table_args__ = (
        sa.CheckConstraint("position_max > 0 and exposure_max >= 0", name="amounts_not_negative"),
        sa.CheckConstraint("leverage_max > 0", name="leverage_positive"),
    )

    symbol: Mapped[str] = mapped_column(primary_key=True)
    close_only: Mapped[bool]
    position_max: Mapped[int | None]
    exposure_max: Mapped[int | None]
    leverage_max: Mapped[int | None] = mapped_column(sa.Integer)
    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("operator_actions.id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class AccountHalt(Base):
    """An account that may not open positions."""

    __tablename__ = "account_halts"

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    action_id: Mapped[UUID] = mapped_column(sa.ForeignKey("operator_actions.id"))
    since: Mapped[datetime] = mapped_column(server_default=sa.func.now())
