"""The house's counts for a shard that is older than they are: summed up once, from what is there."""

import redis
import sqlalchemy as sa

from domain.orders import EventId, House
from models import LedgerAccount
from orders.events import read_events
from orders.house import begin_house, is_counted, sum_exposures
from runtime.logs import get_logger
from workers.bookkeeping import postings
from workers.journal_tables import read_offset
from workers.locks import Lock, allow_idle, wait_for
from workers.restore import read_house

log = get_logger(__name__)

EVENTS_AT_ONCE = 1_000
# Half a million positions are read in seconds; meanwhile PostgreSQL hears nothing.
COUNT_LIMIT_MS = 600_000


def count_house(database: sa.Engine, client: redis.Redis, shard: int, *, wait_ms: int) -> bool:
    """Counts what a closed shard misses of its counts; False when it misses nothing.

    wait_ms: for another process at the shard. Raises Refused when somebody opens the shard meanwhile, and
    servers' errors.
    """
    if is_counted(client, shard):
        return False
    with database.begin() as connection:
        allow_idle(connection, limit_ms=COUNT_LIMIT_MS)
        wait_for(connection, Lock.JOURNAL, shard, wait_ms=wait_ms)
        # By whoever had the lock.
        if is_counted(client, shard):
            return False
        made = read_house(connection, shard)
        newest = _follow(client, shard, made, read_offset(connection, shard))
        house = House(**made, exposures=sum_exposures(client, shard))
        begin_house(client, shard, house, newest=newest)
    log.info("counted afresh what the house has made and what is open", shard=shard, newest=str(newest))
    return True


def _follow(client: redis.Redis, shard: int, made: dict[str, int], last: EventId) -> EventId:
    """Adds what the events made that PostgreSQL has yet to get; the newest of them."""
    while events := read_events(client, shard, after=last, limit=EVENTS_AT_ONCE):
        for event in events:
            moved = postings(event)
            made["fees"] += moved.get(LedgerAccount.HOUSE_FEES, 0)
            made["trading"] += moved.get(LedgerAccount.HOUSE_PNL, 0)
            made["shortfall"] -= moved.get(LedgerAccount.HOUSE_SHORTFALL, 0)
        last = events[-1].event_id
    return last
