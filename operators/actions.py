"""The record of what operators did: written before it is done, and how it ended after."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from domain.errors import DeskError
from models import OperatorAction, User
from models.operator import REASON_CHARS_MAX, REASON_CHARS_MIN
from orders.client import Request
from runtime.failures import brief
from runtime.tracing import current_trace

ERROR_CHARS_MAX = 500
# Who acted without an account: at the command line.
CONSOLE = "console"


class ActionKind(StrEnum):
    """What operators do."""

    MESSAGE_RETRIED = "message_retried"
    MESSAGES_RETRIED = "messages_retried"
    MESSAGE_DROPPED = "message_dropped"
    ACTOR_PAUSED = "actor_paused"
    ACTOR_RESUMED = "actor_resumed"
    ASSET_LIMITED = "asset_limited"
    ACCOUNT_HALTED = "account_halted"
    ACCOUNT_RESUMED = "account_resumed"
    ACCOUNT_RESET = "account_reset"
    BALANCE_ADJUSTED = "balance_adjusted"


class NoReason(DeskError):
    """An action without a reason, or with one that says nothing."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants something done, why, and where it comes from. trace: the HTTP request's id."""

    reason: str
    operator_id: UUID | None = None
    address: str = CONSOLE
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ActionPage:
    """Some of the record, newest first; more: there are older ones."""

    rows: list[dict[str, Any]]
    more: bool


@contextmanager
def recorded(
    database: sa.Engine, asked: Asked, kind: ActionKind, subject: str, **details: Any
) -> Iterator[UUID]:
    """Records what is done in its block, under the id that it gives.

    Raises NoReason before anything is done; what the block raises is recorded and raised on.
    """
    reason = asked.reason.strip()
    if not REASON_CHARS_MIN <= len(reason) <= REASON_CHARS_MAX:
        raise NoReason
    action_id = uuid4()
    with database.begin() as connection:
        connection.execute(
            sa.insert(OperatorAction).values(
                id=action_id,
                operator_id=asked.operator_id,
                address=asked.address,
                kind=kind,
                subject=subject,
                reason=reason.replace("\0", ""),
                details=details,
                trace=asked.trace,
            )
        )
    try:
        yield action_id
    except Exception as error:
        _ended(database, action_id, outcome="failed", error=brief(error)[:ERROR_CHARS_MAX])
        raise
    _ended(database, action_id, outcome="done")


def request_of(action_id: UUID) -> Request:
    """The request of a command that an action gives: under its own id, which nobody else can name."""
    name = f"operator:{action_id}"
    return Request(name, hashlib.sha256(name.encode()).hexdigest(), trace=current_trace())


def read_actions(
    connection: sa.Connection, *, subject: str | None = None, page: int = 1, limit: int = 50
) -> ActionPage:
    """A page of the record, with the operators' addresses."""
    query = (
        sa.select(OperatorAction.__table__, User.email.label("operator"))
        .outerjoin(User, User.id == OperatorAction.operator_id)
        .order_by(OperatorAction.at.desc(), OperatorAction.id)
        .offset((page - 1) * limit)
        .limit(limit + 1)
    )
    if subject is not None:
        query = query.where(OperatorAction.subject == subject)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return ActionPage(rows[:limit], more=len(rows) > limit)


def _ended(database: sa.Engine, action_id: UUID, **values: str) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(OperatorAction).where(OperatorAction.id == action_id).values(**values))
