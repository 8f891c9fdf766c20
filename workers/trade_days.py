"""Trades are kept by UTC day: days to come are made ahead, days past TRADES_KEPT_DAYS go.

`python -m workers.trade_days` does it at once, before the processes start; the schedule has it done again.
TimescaleDB does it by itself and is told the settings. What goes leaves its candles as they are.
"""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from runtime.connections import engine
from runtime.logs import configure_logging, get_logger
from runtime.settings import Settings, get_settings
from workers.recurring import comes_again
from workers.resources import resources
from workers.trade_partitions import delete_strays, drop_days, is_partitioned, make_days
from workers.trade_policies import set_policies

log = get_logger(__name__)


def keep_trade_days() -> None:
    """Actor: whatever is to be done today. Any number may run at once."""
    mine = resources()
    _keep_today(mine.database, mine.settings)


@comes_again
def _keep_today(database: sa.Engine, settings: Settings) -> None:
    keep_days(database, settings, today=datetime.now(UTC).date())


def keep_days(database: sa.Engine, settings: Settings, *, today: date) -> None:
    """Raises OperationalError when trades would have to wait too long for it: the next start goes on."""
    with database.connect() as connection:
        partitioned = is_partitioned(connection)
    if not partitioned:
        policies = set_policies(
            database,
            compressed_after_days=settings.trades_compressed_after_days,
            kept_days=settings.trades_kept_days,
        )
        log.info("trades by day: TimescaleDB makes and drops them", policies_set=policies)
        return
    oldest = today - timedelta(days=settings.trades_kept_days)
    # A trade just before midnight is often stored after it.
    made = make_days(database, today - timedelta(days=1), today + timedelta(days=settings.trades_days_ahead))
    dropped = drop_days(database, oldest)
    strays = delete_strays(database, oldest)
    log.info("trades by day", made=_texts(made), dropped=_texts(dropped), strays_deleted=strays)


def _texts(days: list[date]) -> list[str]:
    return [day.isoformat() for day in days]


if __name__ == "__main__":
    configure_logging(get_settings(), "trade-days")
    _keep_today(engine(get_settings(), name="trade-days"), get_settings())
