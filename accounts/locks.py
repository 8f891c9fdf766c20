"""The order in which rows are locked: the account first, then what is the account's.

Whoever claims an account (accounts/claiming.py) locks it and then ends its sessions, keys and codes. A change
of one of these notes an event, which locks the account too, by the foreign key: done in the other order, each
would wait for the other until PostgreSQL ends one of them.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import User, UserSession


def lock_account(session: Session, user_id: UUID) -> None:
    """Locks the account until the caller's transaction ends; nothing when there is none."""
    session.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def lock_session(session: Session, session_id: UUID) -> tuple[User, UserSession] | None:
    """The session and whose it is, both locked; None when there is no such session."""
    owner = (
        sa.select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.id == session_id)
        .with_for_update(key_share=True, of=User)
    )
    user = session.scalar(owner)
    row = session.get(UserSession, session_id, with_for_update=True)
    return None if user is None or row is None else (user, row)
