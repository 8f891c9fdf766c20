"""The security events of an account: what happened, when, from where. Its owner reads them."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import SecurityEvent

USER_AGENT_CHARS_MAX = 200


class EventKind(StrEnum):
    """What may happen."""

    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    SESSION_ENDED = "session_ended"
    REFRESH_REUSED = "refresh_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_VERIFIED = "email_verified"
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"
    PROVIDER_LINKED = "provider_linked"
    PROVIDER_UNLINKED = "provider_unlinked"
    CLAIMED = "claimed"
    ROLE_CHANGED = "role_changed"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from."""

    address: str
    user_agent: str = ""

    def __post_init__(self) -> None:
        # PostgreSQL's text takes no NUL, and nobody reads more.
        shown = self.user_agent.replace("\0", "")[:USER_AGENT_CHARS_MAX]
        object.__setattr__(self, "user_agent", shown)


# An operator at the command line.
CONSOLE = Visitor("console")


def note(
    session: Session,
    user_id: UUID,
    kind: EventKind,
    visitor: Visitor,
    *,
    session_id: UUID | None = None,
    **details: str | int | list[str],
) -> None:
    """Adds an event to the open transaction. details: never a code, a token or a password."""
    session.add(
        SecurityEvent(
            user_id=user_id,
            kind=kind,
            address=visitor.address,
            user_agent=visitor.user_agent,
            session_id=session_id,
            details=details,
        )
    )


def events_of(
    engine: sa.Engine, user_id: UUID, *, limit: int, before: int | None = None
) -> list[SecurityEvent]:
    """An account's events, newest first. before: only ids below."""
    query = sa.select(SecurityEvent).where(SecurityEvent.user_id == user_id)
    if before is not None:
        query = query.where(SecurityEvent.id < before)
    with Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(query.order_by(SecurityEvent.id.desc()).limit(limit)))
