"""Sessions: how they begin, go on by rotating refresh tokens, and end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.callers import ACCOUNT_SCOPE, SCOPES, Caller
from accounts.errors import SessionEnded
from accounts.known import Known
from accounts.locks import lock_account, lock_session
from models import User, UserSession
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account and the session that it goes on with."""

    user: User
    session: UserSession


class Sessions:
    """The sessions of all accounts: PostgreSQL has them, Redis remembers what it said."""

    def __init__(self, engine: sa.Engine, queues: redis.Redis, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._known = Known(queues, settings, "session")

    def begin(self, session: Session, user: User, way: str, visitor: Visitor) -> UserSession:
        """A new session, in the caller's transaction. way: `password`, or a provider's name."""
        now = datetime.now(UTC)
        begun = UserSession(
            id=uuid4(),
            user_id=user.id,
            way=way,
            address=visitor.address,
            user_agent=visitor.user_agent,
            created_at=now,
            used_at=now,
            rotated_at=now,
            rotation=0,
            expires_at=now + timedelta(days=self._settings.session_days),
        )
        session.add(begun)
        session.flush()
        self._end_oldest(session, user.id)
        note(session, user.id, EventKind.SIGNED_IN, visitor, session_id=begun.id, way=way)
        return begun

    def find(self, session_id: str) -> Caller | None:
        """Whom a session lets in; None when it has ended. Raises sqlalchemy.exc.OperationalError."""
        return self._known.find(session_id, lambda: self._ask(session_id))

    def credential(self, session_id: str) -> str:
        """The session's name in ENDED_CHANNEL."""
        return self._known.name_of(session_id)

    def refresh(self, session_id: str, rotation: int, visitor: Visitor) -> SignedIn:
        """Goes on with a session by the refresh token of that rotation. Raises SessionEnded.

        The token before the newest is answered as that one was for a moment, since an answer may be lost and
        two tabs may ask at once. An older one was copied: whoever has it, the session ends.
        """
        now = datetime.now(UTC)
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            found = lock_session(session, UUID(session_id))
            if found is None:
                raise SessionEnded
            user, row = found
            if row.ended_at is not None or row.expires_at <= now:
                raise SessionEnded
            grace = timedelta(seconds=self._settings.refresh_grace_s)
            if rotation == row.rotation:
                row.rotation += 1
                row.rotated_at = row.used_at = now
                row.expires_at = min(
                    now + timedelta(days=self._settings.session_days),
                    row.created_at + timedelta(days=self._settings.session_days_max),
                )
                return SignedIn(user, row)
            if rotation == row.rotation - 1 and now - row.rotated_at <= grace:
                return SignedIn(user, row)
            _end(row, "refresh_reused", now)
            note(session, user.id, EventKind.REFRESH_REUSED, visitor, session_id=row.id)
        self.forget([row.id])
        raise SessionEnded

    def sign_out(self, session_id: str, visitor: Visitor) -> None:
        """Ends one's own session; once more changes nothing."""
        with Session(self._engine) as session, session.begin():
            found = lock_session(session, UUID(session_id))
            if found is not None and found[1].ended_at is None:
                user, row = found
                _end(row, "signed_out", datetime.now(UTC))
                note(session, user.id, EventKind.SIGNED_OUT, visitor, session_id=row.id)
        self.forget([UUID(session_id)])

    def end_one(self, user_id: UUID, session_id: UUID, visitor: Visitor, *, by: UUID | None) -> bool:
        """Ends a session of the account; False when it has none of that id that goes on."""
        with Session(self._engine) as session, session.begin():
            lock_account(session, user_id)
            row = session.get(UserSession, session_id, with_for_update=True)
            if row is None or row.user_id != user_id or not _goes_on(row):
                return False
            _end(row, "ended_by_owner", datetime.now(UTC))
            note(session, user_id, EventKind.SESSION_ENDED, visitor, session_id=by, ended=str(session_id))
        self.forget([session_id])
        return True

    def end_everywhere(self, user_id: UUID, visitor: Visitor, *, by: UUID | None) -> int:
        """Ends all sessions of the account; how many went on."""
        with Session(self._engine) as session, session.begin():
            lock_account(session, user_id)
            ended = self.end_all(session, user_id, "signed_out_everywhere")
            note(session, user_id, EventKind.SIGNED_OUT_EVERYWHERE, visitor, session_id=by, ended=len(ended))
        self.forget(ended)
        return len(ended)

    def end_all(self, session: Session, user_id: UUID, why: str, *, but: UUID | None = None) -> list[UUID]:
        """Ends the account's sessions in the caller's transaction, which has locked the account.

        `forget` these after its commit.
        """
        query = (
            sa.update(UserSession)
            .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
            .values(ended_at=sa.func.now(), ended_why=why)
            .returning(UserSession.id)
        )
        if but is not None:
            query = query.where(UserSession.id != but)
        return list(session.scalars(query))

    def forget(self, ended: Iterable[UUID]) -> None:
        """Tells Redis of sessions whose end is committed."""
        self._known.end(map(str, ended))

    def changed(self, user_id: UUID) -> None:
        """The account's role or proof has changed, as is committed."""
        self._known.forget(str(row.id) for row in self.of(user_id))

    def of(self, user_id: UUID) -> list[UserSession]:
        """The account's sessions that go on, the one last used first."""
        query = (
            sa.select(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.ended_at.is_(None),
                UserSession.expires_at > sa.func.now(),
            )
            .order_by(UserSession.used_at.desc(), UserSession.id)
        )
        with Session(self._engine, expire_on_commit=False) as session:
            return list(session.scalars(query))

    def _ask(self, session_id: str) -> Caller | None:
        query = (
            sa.select(UserSession, User)
            .join(User, User.id == UserSession.user_id)
            .where(UserSession.id == UUID(session_id))
        )
        with Session(self._engine) as session:
            found = session.execute(query).one_or_none()
            if found is None or not _goes_on(found[0]):
                return None
            row, user = found
            return Caller(
                user_id=str(user.id),
                role=user.role,
                proven=user.email_verified_at is not None,
                way=row.way,
                signed_in_at=row.created_at.timestamp(),
                scopes=(*sorted(SCOPES), ACCOUNT_SCOPE),
                session_id=session_id,
            )

    def _end_oldest(self, session: Session, user_id: UUID) -> None:
        """More sessions than an account may have end the ones longest unused.

        Redis isn't told: what it remembers of them is believed for a moment, and no longer.
        """
        kept = (
            sa.select(UserSession.id)
            .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
            .order_by(UserSession.used_at.desc(), UserSession.id)
            .limit(self._settings.sessions_per_account_max)
        )
        session.execute(
            sa.update(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.ended_at.is_(None),
                UserSession.id.not_in(kept),
            )
            .values(ended_at=sa.func.now(), ended_why="too_many")
        )


def hold(session: Session, user_id: UUID, session_id: str | UUID | None) -> User:
    """The account, locked, for a change of what opens it that one of its sessions asks for.

    That the session was good when the request came isn't enough: the account may have been given to its
    mailbox's owner since, who locks it too. Raises SessionEnded.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    row = session.get(UserSession, UUID(str(session_id))) if session_id else None
    if row is None or row.user_id != user_id or not _goes_on(row):
        raise SessionEnded
    return user


def _end(row: UserSession, why: str, now: datetime) -> None:
    row.ended_at, row.ended_why = now, why


def _goes_on(row: UserSession) -> bool:
    return row.ended_at is None and row.expires_at > datetime.now(UTC)
