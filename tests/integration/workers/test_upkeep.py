"""What housekeeping deletes of identity, and what it leaves."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import EmailChallenge, SecurityEvent, User, UserSession
from workers.upkeep import prune_challenges, prune_events, prune_sessions


def ago(**long: float) -> Any:
    """A time before now, by PostgreSQL's clock."""
    return sa.func.now() - timedelta(**long)


def add(database: sa.Engine, *rows: object) -> None:
    """Writes the rows."""
    with Session(database) as session, session.begin():
        for row in rows:
            session.add(row)
            session.flush()


def user(email: str, **changed: Any) -> User:
    """An account."""
    values = {"id": uuid4(), "email": email, "password_hash": "x", "role": "trader"}
    return User(**values | changed)


def challenge(email: str, ended: Any, **changed: Any) -> EmailChallenge:
    """A code for that address."""
    return EmailChallenge(purpose="verify", subject=email, email=email, expires_at=ended, **changed)


def session(owner: UUID, **times: Any) -> UserSession:
    """A session of the account."""
    return UserSession(
        id=uuid4(), user_id=owner, way="password", address="203.0.113.7", user_agent="", **times
    )


def test_challenges_go_a_day_after_their_end_but_for_undecided_ones(database: sa.Engine) -> None:
    waiting = user("waiting@example.com")
    proven = user("proven@example.com", email_verified_at=sa.func.now())
    add(
        database,
        waiting,
        proven,
        challenge("young@example.com", ago(hours=23)),
        challenge("old@example.com", ago(hours=25)),
        challenge("waiting@example.com", ago(days=99), user_id=waiting.id, contested=True),
        challenge("proven@example.com", ago(days=99), user_id=proven.id, contested=True),
    )
    with database.begin() as connection:
        assert prune_challenges(connection) == 2
        left = connection.scalars(sa.select(EmailChallenge.subject).order_by(EmailChallenge.subject))
        assert list(left) == ["waiting@example.com", "young@example.com"]


def test_sessions_go_a_month_after_their_end(database: sa.Engine) -> None:
    ann = user("ann@example.com")
    soon = sa.func.now() + timedelta(days=1)
    add(
        database,
        ann,
        session(ann.id, expires_at=soon),
        session(ann.id, expires_at=ago(days=29)),
        session(ann.id, expires_at=ago(days=31)),
        session(ann.id, expires_at=soon, ended_at=ago(days=29), ended_why="signed_out"),
        session(ann.id, expires_at=soon, ended_at=ago(days=31), ended_why="signed_out"),
    )
    with database.begin() as connection:
        assert prune_sessions(connection) == 2
        assert connection.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 3


def test_events_are_kept_for_four_hundred_days(database: sa.Engine) -> None:
    ann = user("ann@example.com")
    events = [
        SecurityEvent(user_id=ann.id, at=ago(days=days), kind="signed_in", address="", user_agent="")
        for days in (1, 399, 401, 999)
    ]
    add(database, ann, *events)
    with database.begin() as connection:
        assert prune_events(connection) == 2
        assert connection.scalar(sa.select(sa.func.count()).select_from(SecurityEvent)) == 2
