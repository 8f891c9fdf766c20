"""How people prove who they are: sessions, mailed codes, second factors, keys of programs; what happened."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UserId


class UserSession(Base):
    """One signed-in browser or program: the family of its refresh tokens.

    Only the refresh token that carries `rotation` is good, and for a moment the one before it; an earlier one
    was stolen, and ends the session.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        sa.CheckConstraint("rotation >= 0", name="rotation_not_negative"),
        sa.CheckConstraint("(ended_at is null) = (ended_why is null)", name="ended_for_a_reason"),
        sa.Index("ix_user_sessions_user_id", "user_id"),
        sa.Index("ix_user_sessions_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    # How it began: password, or a provider's name.
    way: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    used_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    # Moved ahead by each refresh.
    expires_at: Mapped[datetime]
    rotation: Mapped[int] = mapped_column(sa.Integer, server_default=sa.text("0"))
    rotated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]


class EmailChallenge(Base):
    """A code mailed to prove a mailbox, and the tries to guess it.

    There is one for every address that was asked about, whether it has an account or not, so that the answers
    are the same. subject: the address, or for a change of it the account.
    """

    __tablename__ = "email_challenges"
    __table_args__ = (
        sa.CheckConstraint("purpose in ('verify', 'reset', 'change')", name="purpose_known"),
        sa.CheckConstraint("tries >= 0 and sent >= 0", name="counts_not_negative"),
        sa.Index("ix_email_challenges_expires_at", "expires_at"),
    )

    purpose: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    # Where the code goes.
    email: Mapped[str]
    # Null: nobody has this address, and no code will do.
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    # Names the mail that is to bring the code, each time another; null once the code is used.
    mail_id: Mapped[UUID | None] = mapped_column(unique=True)
    # Null until the mail is on its way, and once the code is used.
    code_hash: Mapped[str | None]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(sa.Integer, server_default=sa.text("0"))
    # Codes asked for since window_at: mailboxes are not to be flooded.
    sent: Mapped[int] = mapped_column(sa.Integer, server_default=sa.text("0"))
    window_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    # Somebody signed up again with another password: whose the account's is, only a new one can tell.
    contested: Mapped[bool] = mapped_column(server_default=sa.false())


class SecondFactor(Base):
    """An account's authenticator app. The secret is encrypted; it counts once confirmed."""

    __tablename__ = "second_factors"
    __table_args__ = (sa.CheckConstraint("tries >= 0", name="tries_not_negative"),)

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    secret: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    confirmed_at: Mapped[datetime | None]
    # The newest time step that was accepted: a code works once.
    last_step: Mapped[int | None]
    tries: Mapped[int] = mapped_column(sa.Integer, server_default=sa.text("0"))
    tries_since: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class RecoveryCode(Base):
    """One of the codes that stand in for a lost authenticator, once each."""

    __tablename__ = "recovery_codes"
    __table_args__ = (sa.UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[UserId]
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class ApiKey(Base):
    """A program's way in: shown once, kept as a hash."""

    __tablename__ = "api_keys"
    __table_args__ = (
        sa.CheckConstraint(
            "scopes <@ array['read', 'trade'] and cardinality(scopes) > 0", name="scopes_known"
        ),
        sa.CheckConstraint("char_length(name) between 1 and 64", name="name_length"),
        sa.Index("ix_api_keys_user_id", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId]
    name: Mapped[str]
    # SHA-256 of the key, whose 256 random bits nobody can try.
    key_hash: Mapped[str] = mapped_column(unique=True)
    # The key's first characters, by which its owner knows it.
    hint: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()))
    # Networks it may be used from, in CIDR notation; empty: from anywhere.
    addresses: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()))
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SecurityEvent(Base):
    """Something that concerns an account's safety, for its owner to read."""

    __tablename__ = "security_events"
    __table_args__ = (sa.Index("ix_security_events_user_id_id", "user_id", "id"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[UserId]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    kind: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    session_id: Mapped[UUID | None]
    # Never a code, a token or a password.
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'::jsonb"))
