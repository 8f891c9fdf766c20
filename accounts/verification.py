"""Proving a mailbox with a mailed code: for a new account, and for one whose password is lost."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.challenges import Purpose, Used
from accounts.claiming import Wiped, wipe
from accounts.errors import MailOff, WrongCode
from accounts.outbox import Notice
from accounts.parts import Parts
from models import OAuthAccount, User


class Verification:
    """Codes for those who aren't signed in. To all of them addresses that nobody has are like others."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def resend(self, email: str) -> None:
        """Another code for an account that is to be verified. Raises MailOff."""
        self._ask(Purpose.VERIFY, email)

    def ask_reset(self, email: str) -> None:
        """A code by which a new password can be set. Raises MailOff."""
        self._ask(Purpose.RESET, email)

    def verify(self, email: str, code: str, visitor: Visitor) -> bool:
        """Proves the mailbox of a new account; False when its password was wiped, and a new one is to be set.

        That is so when two signed up with different passwords: whose the mailbox is, one of them may not
        have known, and neither password tells. Raises WrongCode, CodeExpired, TooManyTries.
        """
        right = self._parts.challenges.try_code(Purpose.VERIFY, email, code)
        wiped: Wiped | None = None
        with Session(self._parts.engine) as session, session.begin():
            used = self._parts.challenges.use(session, right)
            user = _owner(session, used)
            # Proven in another way meanwhile, it is its owner's already.
            if user.email_verified_at is None:
                if used.contested:
                    wiped = wipe(session, self._parts.sessions, user, visitor, by="code")
                self._prove(session, user, visitor)
            self._parts.challenges.withdraw(session, user.id)
        self._parts.settled(used.user_id, wiped)
        return wiped is None

    def reset(self, email: str, code: str, password: str, visitor: Visitor) -> None:
        """Sets a new password, ends all sessions, and proves the mailbox.

        An account whose mailbox wasn't proven before is taken over: nothing of it lets anybody in any more.
        Raises WrongCode, CodeExpired, TooManyTries.
        """
        right = self._parts.challenges.try_code(Purpose.RESET, email, code)
        password_hash = self._parts.passwords.hash(password)
        with Session(self._parts.engine) as session, session.begin():
            user = _owner(session, used := self._parts.challenges.use(session, right))
            if user.email_verified_at is None:
                wiped = wipe(session, self._parts.sessions, user, visitor, by="reset")
                self._prove(session, user, visitor)
            else:
                wiped = Wiped(self._parts.sessions.end_all(session, user.id, "password_reset"), [])
            user.password_hash = password_hash
            note(session, user.id, EventKind.PASSWORD_RESET, visitor, ended=len(wiped.sessions))
            self._parts.challenges.withdraw(session, user.id)
        self._parts.settled(used.user_id, wiped)
        self._parts.outbox.notice(Notice.PASSWORD_RESET, used.email, visitor)

    def _ask(self, purpose: Purpose, email: str) -> None:
        if not self._parts.settings.mail_configured:
            raise MailOff
        with Session(self._parts.engine) as session, session.begin():
            mail_id = self._parts.challenges.ask(
                session, purpose, email, email=email, user_id=_who_may(session, purpose, email)
            )
        self._parts.outbox.code(mail_id)

    def _prove(self, session: Session, user: User, visitor: Visitor) -> None:
        user.email_verified_at = datetime.now(UTC)
        note(session, user.id, EventKind.EMAIL_VERIFIED, visitor)


def _who_may(session: Session, purpose: Purpose, email: str) -> UUID | None:
    """Whose account a code would do something for."""
    linked = sa.exists().where(OAuthAccount.user_id == User.id)
    query = sa.select(User.id).where(User.email == email)
    if purpose is Purpose.VERIFY:
        query = query.where(User.email_verified_at.is_(None))
    else:
        # Who signs in through a provider adds a password when signed in, not by mail.
        query = query.where(User.password_hash.is_not(None) | ~linked)
    return session.scalar(query)


def _owner(session: Session, used: Used) -> User:
    """The account that the code is for. Raises WrongCode when its address is another by now."""
    user = session.get(User, used.user_id, with_for_update=True)
    if user is None or user.email != used.email:
        raise WrongCode
    return user
