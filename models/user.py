"""Who trades here."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UserId


class Role(StrEnum):
    """What an account may do."""

    TRADER = "trader"
    OPERATOR = "operator"


class User(Base):
    """One person or program. The e-mail is kept in lower case: one mailbox, one account."""

    __tablename__ = "users"
    __table_args__ = (
        sa.CheckConstraint("email = lower(email)", name="email_lower_case"),
        sa.CheckConstraint("char_length(email) between 3 and 254", name="email_length"),
        sa.CheckConstraint("role in ('trader', 'operator')", name="role_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    # Null for an account that only signs in through a provider.
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    role: Mapped[str] = mapped_column(server_default=Role.TRADER)
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class OAuthAccount(Base):
    """A way in through a provider, keyed by the provider's own subject."""

    __tablename__ = "oauth_accounts"
    __table_args__ = (sa.UniqueConstraint("provider", "subject"), sa.UniqueConstraint("user_id", "provider"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    provider: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
