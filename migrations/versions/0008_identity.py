"""Sessions, mailed codes, second factors, keys of programs, security events."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes the tables."""
    _sessions()
    _challenges()
    _second_factors()
    _api_keys()
    _events()


def downgrade() -> None:
    """Drops them: everybody signs in again, and second factors are gone."""
    for table in (
        *("security_events", "api_keys", "recovery_codes", "second_factors", "email_challenges"),
        "user_sessions",
    ):
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=nullable, server_default=sa.func.now() if now else None)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))


def _user(table: str, *, nullable: bool = False, ondelete: str = "RESTRICT") -> tuple[Any, ...]:
    return (
        sa.Column("user_id", sa.Uuid(), nullable=nullable),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete=ondelete, name=op.f(f"fk_{table}_user_id_users")
        ),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _sessions() -> None:
    table = "user_sessions"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        *_user(table),
        *(_text(name) for name in ("way", "address", "user_agent")),
        _time("created_at", now=True),
        _time("used_at", now=True),
        _time("expires_at"),
        _count("rotation"),
        _time("rotated_at", now=True),
        _time("ended_at", nullable=True),
        _text("ended_why", nullable=True),
        _check(table, "rotation_not_negative", "rotation >= 0"),
        _check(table, "ended_for_a_reason", "(ended_at is null) = (ended_why is null)"),
        _key(table, "id"),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def _challenges() -> None:
    table = "email_challenges"
    op.create_table(
        table,
        *(_text(name) for name in ("purpose", "subject", "email")),
        *_user(table, nullable=True, ondelete="CASCADE"),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        _text("code_hash", nullable=True),
        _time("expires_at"),
        _count("tries"),
        _count("sent"),
        _time("window_at", now=True),
        sa.Column("contested", sa.Boolean(), nullable=False, server_default=sa.false()),
        _check(table, "purpose_known", "purpose in ('verify', 'reset', 'change')"),
        _check(table, "counts_not_negative", "tries >= 0 and sent >= 0"),
        _key(table, "purpose", "subject"),
        sa.UniqueConstraint("mail_id", name=op.f(f"uq_{table}_mail_id")),
    )
    op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def _second_factors() -> None:
    table = "second_factors"
    op.create_table(
        table,
        *_user(table),
        _text("secret"),
        _time("created_at", now=True),
        _time("confirmed_at", nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        _count("tries"),
        _time("tries_since", now=True),
        _check(table, "tries_not_negative", "tries >= 0"),
        _key(table, "user_id"),
    )
    table = "recovery_codes"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *_user(table),
        _text("code_hash"),
        _time("used_at", nullable=True),
        _key(table, "id"),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f(f"uq_{table}_user_id_code_hash")),
    )


def _api_keys() -> None:
    table = "api_keys"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        *_user(table),
        *(_text(name) for name in ("name", "key_hash", "hint")),
        *(sa.Column(name, ARRAY(sa.Text()), nullable=False) for name in ("scopes", "addresses")),
        _time("created_at", now=True),
        *(_time(name, nullable=True) for name in ("expires_at", "used_at", "revoked_at")),
        _check(table, "scopes_known", "scopes <@ array['read', 'trade'] and cardinality(scopes) > 0"),
        _check(table, "name_length", "char_length(name) between 1 and 64"),
        _key(table, "id"),
        sa.UniqueConstraint("key_hash", name=op.f(f"uq_{table}_key_hash")),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])


def _events() -> None:
    table = "security_events"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *_user(table),
        _time("at", now=True),
        *(_text(name) for name in ("kind", "address", "user_agent")),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("details", JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
        _key(table, "id"),
    )
    op.create_index(f"ix_{table}_user_id_id", table, ["user_id", "id"])
