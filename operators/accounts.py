"""Accounts as operators look for them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models import AccountHalt, Balance, OrderEventRow, User

FOUND_MAX = 50
EVENTS_MAX = 200


def find_accounts(connection: sa.Connection, words: str) -> list[Mapping[str, Any]]:
    """Those whose address has these words in it, or whose id it is; the newest when there are none."""
    query = (
        sa.select(
            User.id,
            User.email,
            User.role,
            User.created_at,
            User.email_verified_at,
            Balance.balance,
            AccountHalt.since.label("halted_since"),
        )
        .outerjoin(Balance, Balance.user_id == User.id)
        .outerjoin(AccountHalt, AccountHalt.user_id == User.id)
        .order_by(User.created_at.desc(), User.id)
        .limit(FOUND_MAX)
    )
    if words:
        matches = User.email.contains(words.lower(), autoescape=True)
        query = query.where(matches if (known := _as_id(words)) is None else User.id == known)
    return [dict(row) for row in connection.execute(query).mappings()]


def account_events(
    connection: sa.Connection, user_id: UUID, *, before: int | None, limit: int
) -> list[Mapping[str, Any]]:
    """What happened to the account, newest first, with all of its fields. before: only events below."""
    query = (
        sa.select(
            OrderEventRow.seq,
            OrderEventRow.kind,
            OrderEventRow.at,
            OrderEventRow.balance,
            OrderEventRow.fields,
        )
        .where(OrderEventRow.user_id == user_id)
        .order_by(OrderEventRow.seq.desc())
        .limit(min(limit, EVENTS_MAX))
    )
    if before is not None:
        query = query.where(OrderEventRow.seq < before)
    return [dict(row) for row in connection.execute(query).mappings()]


def _as_id(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None
