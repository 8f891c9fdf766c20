"""Which life of the order state PostgreSQL follows."""

import redis
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models import OrderEpoch
from orders.gate import read_state

FIRST = 1


class WrongEpochError(RuntimeError):
    """Redis is in another life than PostgreSQL follows."""


def read_epoch(connection: sa.Connection, shard: int) -> int | None:
    """The shard's epoch; None before its first."""
    return connection.scalar(sa.select(OrderEpoch.epoch).where(OrderEpoch.shard == shard))


def write_epoch(connection: sa.Connection, shard: int, epoch: int) -> None:
    """Sets it, in the connection's transaction."""
    values = {"epoch": epoch, "began_at": sa.func.now()}
    statement = insert(OrderEpoch).values(shard=shard, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[OrderEpoch.shard], set_=values))


def check_epoch(connection: sa.Connection, order_state: redis.Redis, shard: int) -> None:
    """Raises WrongEpochError where the stream is of another epoch: its events are not what follows ours."""
    known = read_epoch(connection, shard)
    found = read_state(order_state, shard).epoch
    if known is not None and found != known:
        raise WrongEpochError(f"shard {shard}: Redis is in epoch {found}, PostgreSQL follows {known}")
