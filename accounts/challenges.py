"""Codes that are mailed to prove a mailbox: asked for, tried, used.

There is a challenge for each address that was asked about, whether anybody has it or not, and all of this
is the same for both: what is written, what is answered, and that the mail actor is told. What it mails, if
anything, it finds out by itself (workers/mail.py); it makes the code too, so the code is in no queue, no log
and no table. Here is its keyed hash.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.errors import CodeExpired, TooManyTries, WrongCode
from accounts.keyring import Keyring
from models import EmailChallenge, User
from runtime.settings import Settings

CODE_DIGITS = 6
# An hour of codes asked for begins with the first of them.
WINDOW = timedelta(hours=1)
_MAC = "mailed code"


class Purpose(StrEnum):
    """What a proven mailbox is good for."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Right:
    """A try that was right. It is good until another code is asked for, and once."""

    purpose: Purpose
    subject: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class Used:
    """The challenge that a right code has ended. contested: see models.EmailChallenge."""

    user_id: UUID
    email: str
    contested: bool


def code_mac(keyring: Keyring, mail_id: UUID, code: str) -> str:
    """What is kept of a code: of this mail's, and of no other's."""
    return keyring.mac(_MAC, f"{mail_id}:{code}")


class Challenges:
    """Challenges in PostgreSQL, with the limits of the settings."""

    def __init__(self, engine: sa.Engine, keyring: Keyring, settings: Settings) -> None:
        self._engine = engine
        self._keyring = keyring
        self._settings = settings

    def ask(
        self,
        session: Session,
        purpose: Purpose,
        subject: str,
        *,
        email: str,
        user_id: UUID | None,
        contested: bool = False,
    ) -> UUID | None:
        """A new challenge instead of the subject's earlier one, in the caller's transaction.

        Returns the id of the mail that is to be sent after the commit; None when so many were asked for in
        this hour that the earlier one stays as it is. user_id: None when no code will do. Contested stays
        contested, whoever asks again.
        """
        row = insert(EmailChallenge).values(
            purpose=purpose,
            subject=subject,
            email=email,
            user_id=user_id,
            mail_id=uuid4(),
            code_hash=None,
            expires_at=sa.func.now() + timedelta(minutes=self._settings.code_minutes),
            tries=0,
            sent=1,
            window_at=sa.func.now(),
            contested=contested,
        )
        over = EmailChallenge.window_at <= sa.func.now() - WINDOW
        fresh = row.excluded
        statement = row.on_conflict_do_update(
            index_elements=[EmailChallenge.purpose, EmailChallenge.subject],
            set_={
                "email": fresh.email,
                "user_id": fresh.user_id,
                "mail_id": fresh.mail_id,
                "code_hash": None,
                "expires_at": fresh.expires_at,
                "tries": 0,
                "sent": sa.case((over, 1), else_=EmailChallenge.sent + 1),
                "window_at": sa.case((over, sa.func.now()), else_=EmailChallenge.window_at),
                "contested": EmailChallenge.contested | fresh.contested,
            },
            where=over | (EmailChallenge.sent < self._settings.codes_per_hour_max),
        )
        return session.scalar(statement.returning(EmailChallenge.mail_id))

    def try_code(self, purpose: Purpose, subject: str, code: str) -> Right:
        """Compares a code, after the try is counted and committed: however many try at once, from wherever,
        no more than `code_tries_max` are compared.

        Raises WrongCode, CodeExpired (there is none, too), TooManyTries.
        """
        mine = (EmailChallenge.purpose == purpose) & (EmailChallenge.subject == subject)
        counted = (
            sa.update(EmailChallenge)
            .where(
                mine,
                EmailChallenge.expires_at > sa.func.now(),
                EmailChallenge.tries < self._settings.code_tries_max,
            )
            .values(tries=EmailChallenge.tries + 1)
            .returning(EmailChallenge.code_hash, EmailChallenge.mail_id)
        )
        with self._engine.begin() as connection:
            row = connection.execute(counted).one_or_none()
            if row is None:
                left = sa.select(sa.func.extract("epoch", EmailChallenge.expires_at - sa.func.now()))
                left_s = connection.scalar(left.where(mine))
        if row is None:
            if left_s is None or left_s <= 0:
                raise CodeExpired
            raise TooManyTries(retry_after_s=int(left_s) + 1)
        code_hash, mail_id = row
        known = self._keyring.macs(_MAC, f"{mail_id}:{code}")
        # Compared also where there is nothing to compare with.
        right = [hmac.compare_digest(code_hash or "", mac) for mac in known]
        if code_hash is None or not any(right):
            raise WrongCode
        return Right(purpose, subject, code_hash)

    def use(self, session: Session, right: Right) -> Used:
        """Ends the challenge in the caller's transaction, and locks its account first (accounts/locks.py).

        Raises WrongCode when the code is no longer good: somebody was quicker, or another one was asked for.
        """
        statement = (
            sa.update(EmailChallenge)
            .where(
                EmailChallenge.purpose == right.purpose,
                EmailChallenge.subject == right.subject,
                EmailChallenge.code_hash == right.code_hash,
                EmailChallenge.expires_at > sa.func.now(),
            )
            .values(code_hash=None, mail_id=None, contested=False)
            .returning(EmailChallenge.user_id, EmailChallenge.email)
        )
        mine = (EmailChallenge.purpose == right.purpose) & (EmailChallenge.subject == right.subject)
        whose = session.scalar(sa.select(EmailChallenge.user_id).where(mine))
        if whose is None:
            raise WrongCode
        session.get(User, whose, with_for_update=True)
        # `returning` tells of the row as it is now, and contested is to be told as it was.
        contested = session.scalar(sa.select(EmailChallenge.contested).where(mine).with_for_update())
        row = session.execute(statement).one_or_none()
        if row is None or row.user_id != whose:
            raise WrongCode
        return Used(row.user_id, row.email, bool(contested))

    def withdraw(self, session: Session, user_id: UUID) -> None:
        """Codes that are on their way to an account's mailbox are good for nothing any more: what they
        would have proved is done, or is another mailbox's now."""
        session.execute(
            sa.update(EmailChallenge)
            .where(EmailChallenge.user_id == user_id)
            .values(code_hash=None, mail_id=None)
        )
