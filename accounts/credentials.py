"""What a signed-in owner changes: the password, the e-mail."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.callers import Caller
from accounts.challenges import Purpose
from accounts.errors import EmailTaken, EmailUnchanged, MailOff
from accounts.outbox import Notice
from accounts.parts import Parts
from accounts.sessions import hold
from models import User


class Credentials:
    """Changes of a password or an e-mail, by who was proved to be the owner (accounts/proof.py)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def change_password(self, caller: Caller, password: str, visitor: Visitor) -> int:
        """Sets a password; the account's other sessions end. How many did. Raises SessionEnded."""
        password_hash = self._parts.passwords.hash(password)
        with Session(self._parts.engine) as session, session.begin():
            user = hold(session, caller.uuid, caller.session_id)
            user.password_hash, email = password_hash, user.email
            own = session_id(caller)
            ended = self._parts.sessions.end_all(session, user.id, "password_changed", but=own)
            # Asked for with the old password's knowledge, maybe.
            self._parts.challenges.withdraw(session, user.id)
            note(session, user.id, EventKind.PASSWORD_CHANGED, visitor, session_id=own, ended=len(ended))
        self._parts.sessions.forget(ended)
        self._parts.outbox.notice(Notice.PASSWORD_CHANGED, email, visitor)
        return len(ended)

    def ask_email(self, caller: Caller, email: str) -> None:
        """Mails a code to the new address, whether another account has it or not: its owner is told that.

        Raises EmailUnchanged, MailOff.
        """
        if not self._parts.settings.mail_configured:
            raise MailOff
        with Session(self._parts.engine) as session, session.begin():
            user = session.get_one(User, caller.uuid)
            if user.email == email and user.email_verified_at is not None:
                raise EmailUnchanged
            mail_id = self._parts.challenges.ask(
                session, Purpose.CHANGE, caller.user_id, email=email, user_id=user.id
            )
        self._parts.outbox.code(mail_id)

    def change_email(self, caller: Caller, code: str, visitor: Visitor) -> str:
        """Makes the address that the code was mailed to the account's; the new address.

        The old one is told. Raises WrongCode, CodeExpired, TooManyTries, EmailTaken.
        """
        right = self._parts.challenges.try_code(Purpose.CHANGE, caller.user_id, code)
        with Session(self._parts.engine) as session, session.begin():
            used = self._parts.challenges.use(session, right)
            user = session.get_one(User, used.user_id, with_for_update=True)
            old, user.email = user.email, used.email
            user.email_verified_at = datetime.now(UTC)
            try:
                session.flush()
            except IntegrityError as error:
                raise EmailTaken from error
            # What is on its way to the old mailbox proves nothing any more.
            self._parts.challenges.withdraw(session, user.id)
            note(
                session,
                user.id,
                EventKind.EMAIL_CHANGED,
                visitor,
                session_id=session_id(caller),
                before=old,
                after=used.email,
            )
        self._parts.settled(caller.uuid)
        self._parts.outbox.notice(Notice.EMAIL_CHANGED, old, visitor, new_email=_masked(used.email))
        return used.email


def session_id(caller: Caller) -> UUID | None:
    """The caller's session."""
    return UUID(caller.session_id) if caller.session_id else None


def _masked(email: str) -> str:
    """Enough of the new address for its owner to know it: the old mailbox may be another's by now."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"
