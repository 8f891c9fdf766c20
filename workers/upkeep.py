"""Housekeeping of PostgreSQL: rows that have served their purpose."""

from datetime import timedelta

import sqlalchemy as sa

from models import TradeBatch
from runtime.logs import get_logger
from workers.parking import prune_dropped
from workers.recurring import comes_again
from workers.resources import resources

log = get_logger(__name__)


@comes_again
def prune() -> None:
    """Actor: forgets the ids of batches that no batcher asks for any more, and old dropped messages."""
    mine = resources()
    with mine.database.begin() as connection:
        batches = prune_batches(connection, hours=mine.settings.batches_kept_hours)
        dropped = prune_dropped(connection, days=mine.settings.dropped_kept_days)
    if batches or dropped:
        log.info("pruned", trade_batches=batches, dropped_messages=dropped)


def prune_batches(connection: sa.Connection, *, hours: int) -> int:
    """Deletes trade_batches of that age; returns how many."""
    old = TradeBatch.persisted_at < sa.func.now() - timedelta(hours=hours)
    return connection.execute(sa.delete(TradeBatch).where(old)).rowcount
