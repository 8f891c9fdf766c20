"""Housekeeping of PostgreSQL: rows that have served their purpose."""

from datetime import timedelta

import sqlalchemy as sa

from models import EmailChallenge, SecurityEvent, TradeBatch, User, UserSession
from operators.parking import prune_dropped
from runtime.logs import get_logger
from workers.recurring import comes_again
from workers.resources import resources

log = get_logger(__name__)

# After that a code, a session and an event have nothing more to say; the events are the account's trail.
CHALLENGES_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=30)
EVENTS_KEPT = timedelta(days=400)


@comes_again
def prune() -> None:
    """Actor: forgets the ids of batches that no batcher asks for any more, old dropped messages, and what
    identity doesn't need any more."""
    mine = resources()
    with mine.database.begin() as connection:
        pruned = {
            "trade_batches": prune_batches(connection, hours=mine.settings.batches_kept_hours),
            "dropped_messages": prune_dropped(connection, days=mine.settings.dropped_kept_days),
            "challenges": prune_challenges(connection),
            "sessions": prune_sessions(connection),
            "security_events": prune_events(connection),
        }
    if any(pruned.values()):
        log.info("pruned", **pruned)


def prune_batches(connection: sa.Connection, *, hours: int) -> int:
    """Deletes trade_batches of that age; returns how many."""
    old = TradeBatch.persisted_at < sa.func.now() - timedelta(hours=hours)
    return connection.execute(sa.delete(TradeBatch).where(old)).rowcount


def prune_challenges(connection: sa.Connection) -> int:
    """Deletes challenges that ended a day ago; returns how many.

    A contested one stays until the account is proven: forgotten, the next code would prove the account for
    the password of whoever signed up first.
    """
    old = EmailChallenge.expires_at < sa.func.now() - CHALLENGES_KEPT
    unproven = sa.exists().where(User.id == EmailChallenge.user_id, User.email_verified_at.is_(None))
    decided = ~(EmailChallenge.contested & unproven)
    return connection.execute(sa.delete(EmailChallenge).where(old, decided)).rowcount


def prune_sessions(connection: sa.Connection) -> int:
    """Deletes sessions that ended, or expired, 30 days ago; returns how many."""
    since = sa.func.now() - SESSIONS_KEPT
    over = (UserSession.ended_at < since) | (UserSession.expires_at < since)
    return connection.execute(sa.delete(UserSession).where(over)).rowcount


def prune_events(connection: sa.Connection) -> int:
    """Deletes security events of 400 days ago; returns how many."""
    old = SecurityEvent.at < sa.func.now() - EVENTS_KEPT
    return connection.execute(sa.delete(SecurityEvent).where(old)).rowcount
