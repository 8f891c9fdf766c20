"""Signing up and signing in."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.errors import EmailTaken, WrongCredentials
from accounts.passwords import Passwords
from models import Balance, User
from orders.client import OrderDesk
from runtime.settings import Settings


class Accounts:
    """People and programs that trade here: their row in PostgreSQL, their money in the order state."""

    def __init__(self, engine: sa.Engine, desk: OrderDesk, settings: Settings) -> None:
        self._engine = engine
        self._desk = desk
        self._settings = settings
        self._passwords = Passwords(settings)

    def sign_up(self, email: str, password: str) -> User:
        """A new account with its demo balance. Raises EmailTaken."""
        # There is no mail yet; outside production accounts are verified at once.
        verified = datetime.now(UTC) if self._settings.environment == "development" else None
        user = User(
            id=uuid4(),
            email=email.lower(),
            password_hash=self._passwords.hash(password),
            email_verified_at=verified,
            role="trader",
        )
        with Session(self._engine, expire_on_commit=False) as session:
            session.add(user)
            try:
                session.commit()
            except IntegrityError as error:
                raise EmailTaken(email) from error
        self._desk.open_account(str(user.id), self._settings.start_balance_cents)
        return user

    def sign_in(self, email: str, password: str) -> User:
        """The account of these credentials. Raises WrongCredentials."""
        with Session(self._engine, expire_on_commit=False) as session:
            user = session.scalar(sa.select(User).where(User.email == email.lower()))
        if not self._passwords.verify(user.password_hash if user else None, password) or user is None:
            raise WrongCredentials
        # Only now: for an unknown address there would be one query less to wait for.
        with Session(self._engine) as session:
            funded = session.get(Balance, user.id) is not None
        if not funded:
            # Sign-up was cut off between the two stores, or the journal has yet to follow: open_account does
            # nothing when the account is there.
            self._desk.open_account(str(user.id), self._settings.start_balance_cents)
        return user

    def email_of(self, user_id: str) -> str | None:
        """The address of an account, None when there is no such account."""
        with Session(self._engine) as session:
            return session.scalar(sa.select(User.email).where(User.id == UUID(user_id)))
