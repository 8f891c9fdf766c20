"""What an account's owner may know of it."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import OAuthAccount, RecoveryCode, SecondFactor, User


@dataclass(frozen=True, slots=True)
class Profile:
    """An account and what guards it. second_factor: whether one is asked for."""

    user: User
    second_factor: bool
    recovery_codes_left: int
    links: list[OAuthAccount]


def read_profile(engine: sa.Engine, user_id: UUID) -> Profile:
    """The account's. Raises sqlalchemy.exc.NoResultFound when there is no such account."""
    factor = sa.select(SecondFactor.user_id).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    codes = sa.select(sa.func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    links = sa.select(OAuthAccount).where(OAuthAccount.user_id == user_id).order_by(OAuthAccount.provider)
    with Session(engine, expire_on_commit=False) as session:
        return Profile(
            user=session.get_one(User, user_id),
            second_factor=session.scalar(factor) is not None,
            recovery_codes_left=session.scalar(codes) or 0,
            links=list(session.scalars(links)),
        )
