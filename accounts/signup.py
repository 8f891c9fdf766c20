"""Signing up and signing in."""

from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.audit import EventKind, Visitor, note
from accounts.errors import EmailTaken, WrongCredentials
from accounts.passwords import Passwords
from accounts.sessions import Sessions, SignedIn
from models import Balance, Role, User
from orders.client import OrderDesk
from runtime.settings import Settings

# How a session began that a password began.
PASSWORD_WAY = "password"  # noqa: S105


class Accounts:
    """People and programs that trade here: their row in PostgreSQL, their money in the order state."""

    def __init__(self, engine: sa.Engine, desk: OrderDesk, sessions: Sessions, settings: Settings) -> None:
        self._engine = engine
        self._desk = desk
        self._sessions = sessions
        self._settings = settings
        self._passwords = Passwords(settings)

    def sign_up(self, email: str, password: str, visitor: Visitor) -> SignedIn:
        """A new account with its demo balance, signed in. Raises EmailTaken."""
        user = User(
            id=uuid4(),
            email=email.lower(),
            password_hash=self._passwords.hash(password),
            email_verified_at=None,
            role=Role.TRADER,
        )
        with Session(self._engine, expire_on_commit=False) as session:
            session.add(user)
            try:
                session.flush()
            except IntegrityError as error:
                raise EmailTaken(email) from error
            note(session, user.id, EventKind.SIGNED_UP, visitor)
            begun = self._sessions.begin(session, user, PASSWORD_WAY, visitor)
            session.commit()
        self._desk.open_account(str(user.id), self._settings.start_balance_cents)
        return SignedIn(user, begun)

    def sign_in(self, email: str, password: str, visitor: Visitor) -> SignedIn:
        """The account of these credentials, with a new session. Raises WrongCredentials."""
        with Session(self._engine, expire_on_commit=False) as session:
            user = session.scalar(sa.select(User).where(User.email == email.lower()))
        if not self._passwords.verify(user.password_hash if user else None, password) or user is None:
            raise WrongCredentials
        # Only now: for an unknown address there would be less to wait for.
        with Session(self._engine, expire_on_commit=False) as session:
            funded = session.get(Balance, user.id) is not None
            begun = self._sessions.begin(session, user, PASSWORD_WAY, visitor)
            session.commit()
        if not funded:
            # Sign-up was cut off between the two stores, or the journal has yet to follow: open_account does
            # nothing when the account is there.
            self._desk.open_account(str(user.id), self._settings.start_balance_cents)
        return SignedIn(user, begun)

    def email_of(self, user_id: str) -> str | None:
        """The address of an account, None when there is no such account."""
        with Session(self._engine) as session:
            return session.scalar(sa.select(User.email).where(User.id == UUID(user_id)))
