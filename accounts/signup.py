"""Signing up and signing in."""

from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.challenges import Purpose
from accounts.errors import EmailTaken, WrongCredentials
from accounts.parts import Parts
from accounts.sessions import SignedIn
from models import Balance, Role, SecurityEvent, User
from orders.client import OrderDesk

# Further ones in a row tell the owner nothing new, and would fill the trail.
FAILURES_PER_HOUR_MAX = 20
# How a session began that a password began.
PASSWORD_WAY = "password"  # noqa: S105


class Accounts:
    """People and programs that trade here: their row in PostgreSQL, their money in the order state."""

    def __init__(self, desk: OrderDesk, parts: Parts) -> None:
        self._desk = desk
        self._parts = parts

    def sign_up(self, email: str, password: str, visitor: Visitor) -> SignedIn | None:
        """A new account: signed in at once where the desk sends no mail. Raises EmailTaken only there.

        With mail it is None, for an address that has an account too: the mail says the rest. What is done is
        as much the same for both as can be: one password hashed or compared, one challenge, one mail.
        """
        if self._parts.settings.mail_configured:
            self._sign_up_by_mail(email, password, visitor)
            return None
        user = self._new(email, self._parts.passwords.hash(password))
        with Session(self._parts.engine, expire_on_commit=False) as session:
            session.add(user)
            try:
                session.flush()
            except IntegrityError as error:
                raise EmailTaken(email) from error
            note(session, user.id, EventKind.SIGNED_UP, visitor)
            begun = self._parts.sessions.begin(session, user, PASSWORD_WAY, visitor)
            session.commit()
        self._desk.open_account(str(user.id), self._parts.settings.start_balance_cents)
        return SignedIn(user, begun)

    def sign_in(
        self, email: str, password: str, visitor: Visitor, second_factor: str | None = None
    ) -> SignedIn:
        """The account of these credentials, with a new session.

        Raises WrongCredentials, SecondFactorRequired, WrongSecondFactor, TooManyTries.
        """
        with Session(self._parts.engine, expire_on_commit=False) as session:
            user = session.scalar(sa.select(User).where(User.email == email))
        right = self._parts.passwords.verify(user.password_hash if user else None, password)
        if not right or user is None:
            self._note_failure(email, visitor)
            raise WrongCredentials
        self._parts.second_factors.require(user.id, second_factor, visitor)
        with Session(self._parts.engine, expire_on_commit=False) as session:
            # As it is now: the password may have been changed, or wiped, since it was compared.
            unchanged = session.scalar(
                sa.select(User)
                .where(User.id == user.id, User.password_hash == user.password_hash)
                .with_for_update(key_share=True)
            )
            if unchanged is None:
                raise WrongCredentials
            funded = session.get(Balance, user.id) is not None
            begun = self._parts.sessions.begin(session, unchanged, PASSWORD_WAY, visitor)
            session.commit()
        if not funded:
            # Its first sign-in, or sign-up was cut off between the two stores, or the journal has yet to
            # follow: open_account does nothing when the account is there.
            self._desk.open_account(str(user.id), self._parts.settings.start_balance_cents)
        return SignedIn(unchanged, begun)

    def email_of(self, user_id: str) -> str | None:
        """The address of an account, None when there is no such account."""
        with Session(self._parts.engine) as session:
            return session.scalar(sa.select(User.email).where(User.id == UUID(user_id)))

    def _sign_up_by_mail(self, email: str, password: str, visitor: Visitor) -> None:
        with Session(self._parts.engine, expire_on_commit=False) as session:
            known = session.scalar(sa.select(User).where(User.email == email))
        contested = False
        password_hash = None
        if known is None:
            password_hash = self._parts.passwords.hash(password)
        else:
            contested = not self._parts.passwords.verify(known.password_hash, password)
        with Session(self._parts.engine) as session, session.begin():
            if not self._add(session, email, password_hash, visitor) and known is None:
                # Somebody was quicker by a moment: the same person's second click, or another.
                theirs = session.scalar(sa.select(User.password_hash).where(User.email == email))
                contested = not self._parts.passwords.verify(theirs, password)
            owner = session.scalar(
                sa.select(User.id).where(User.email == email, User.email_verified_at.is_(None))
            )
            mail_id = self._parts.challenges.ask(
                session, Purpose.VERIFY, email, email=email, user_id=owner, contested=contested
            )
        self._parts.outbox.code(mail_id)

    def _add(self, session: Session, email: str, password_hash: str | None, visitor: Visitor) -> bool:
        """Adds a new account, if there is a hash, by statements that are the same if there isn't: how long
        they take must not tell. False when the address had an account already."""
        user_id = uuid4()
        row = sa.select(
            sa.literal(user_id),
            sa.literal(email),
            sa.literal(password_hash, sa.Text()),
            sa.literal(Role.TRADER),
        ).where(sa.literal(password_hash is not None))
        added = session.scalar(
            insert(User)
            .from_select(["id", "email", "password_hash", "role"], row)
            .on_conflict_do_nothing(index_elements=[User.email])
            .returning(User.id)
        )
        self._note(session, User.id == user_id, EventKind.SIGNED_UP, visitor)
        return added is not None

    def _new(self, email: str, password_hash: str) -> User:
        return User(
            id=uuid4(),
            email=email,
            password_hash=password_hash,
            # Only a mailed code proves a mailbox, or a provider that has seen it proven.
            email_verified_at=None,
            role=Role.TRADER,
        )

    def _note_failure(self, email: str, visitor: Visitor) -> None:
        """One statement, whether anybody has the address or not, that waits for no disk: how long it took
        must not tell. A crash of PostgreSQL may lose the last moment's."""
        newest = (
            sa.select(SecurityEvent.kind, SecurityEvent.at)
            .where(SecurityEvent.user_id == User.id)
            .order_by(SecurityEvent.id.desc())
            .limit(FAILURES_PER_HOUR_MAX)
            .lateral()
        )
        hour_ago = sa.func.now() - timedelta(hours=1)
        failures = (
            sa.select(sa.func.count())
            .select_from(newest)
            .where(newest.c.kind == EventKind.SIGN_IN_FAILED, newest.c.at > hour_ago)
            .scalar_subquery()
        )
        with Session(self._parts.engine) as session, session.begin():
            session.execute(sa.text("SET LOCAL synchronous_commit = off"))
            whose = (User.email == email) & (failures < FAILURES_PER_HOUR_MAX)
            self._note(session, whose, EventKind.SIGN_IN_FAILED, visitor)

    def _note(
        self, session: Session, whose: sa.ColumnElement[bool], kind: EventKind, visitor: Visitor
    ) -> None:
        """An event for the account there is, by one statement also when there is none."""
        row = sa.select(
            User.id,
            sa.literal(kind.value),
            sa.literal(visitor.address),
            sa.literal(visitor.user_agent),
        ).where(whose)
        columns = ["user_id", "kind", "address", "user_agent"]
        session.execute(sa.insert(SecurityEvent).from_select(columns, row))
