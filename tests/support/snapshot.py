"""Everything that the desk remembers, to be compared before and after."""

from dataclasses import dataclass
from typing import cast

import redis
import sqlalchemy as sa

from models import Base
from tests.support.trading import state_of

# Not state: prices come and go, rate limits count, a remembered refusal is what a retry gets, and what
# PostgreSQL said of a session is asked again.
PASSING = (":price:", ":request:", "LIMITS:", "rate", "identity:")


@dataclass(frozen=True)
class Snapshot:
    """The content of both Redis servers and of every table."""

    orders: dict[str, bytes]
    queues: dict[str, bytes]
    tables: dict[str, list[str]]


def snapshot(order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Snapshot:
    """The desk as it is now."""
    tables = {}
    with database.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.scalars(sa.text(f"select t::text from {table.name} t order by 1"))
            tables[table.name] = cast(list[str], rows.all())
    return Snapshot(state_of(order_state, *PASSING), state_of(queues, *PASSING), tables)
