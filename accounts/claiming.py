"""Taking an account over from whoever made it without having its mailbox."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.secondfactor import forget_second_factor
from accounts.sessions import Sessions
from models import ApiKey, OAuthAccount, User


@dataclass(frozen=True, slots=True)
class Wiped:
    """What has ended; to be forgotten after the commit."""

    sessions: list[UUID]
    keys: list[UUID]


def wipe(session: Session, sessions: Sessions, user: User, visitor: Visitor, *, by: str) -> Wiped:
    """Removes every way in that was made before the mailbox was proven, in the caller's transaction.

    Password, sessions, keys of programs, second factor and links to providers: each may be an attacker's who
    signed up with another's address. by: what proved the mailbox, `code`, `reset` or a provider's name.
    """
    user.password_hash = None
    forget_second_factor(session, user.id)
    session.execute(sa.delete(OAuthAccount).where(OAuthAccount.user_id == user.id))
    keys = session.scalars(
        sa.update(ApiKey)
        .where(ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=sa.func.now())
        .returning(ApiKey.id)
    )
    wiped = Wiped(sessions.end_all(session, user.id, "claimed"), list(keys))
    note(session, user.id, EventKind.CLAIMED, visitor, by=by)
    return wiped
