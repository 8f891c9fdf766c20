"""What is in force: limits of assets, halted accounts. Kept in PostgreSQL, applied to the order state."""

from uuid import UUID

import redis
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.instruments import ASSETS
from domain.orders import AssetLimits
from models import AccountHalt, AssetLimit
from orders.limits import write_halts, write_limits

# Beside those of workers/locks.py, which are pairs.
_LOCK = 0x6C696D697473


def keep_limits(connection: sa.Connection, symbol: str, limits: AssetLimits, action_id: UUID) -> None:
    """Holds new positions in the asset to these from when they are applied."""
    values = {
        "close_only": limits.close_only,
        "position_max": limits.position_max,
        "exposure_max": limits.exposure_max,
        "leverage_max": limits.leverage_max,
        "action_id": action_id,
        "updated_at": sa.func.now(),
    }
    statement = insert(AssetLimit).values(symbol=symbol, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[AssetLimit.symbol], set_=values))


def keep_halt(connection: sa.Connection, user_id: UUID, action_id: UUID, *, halted: bool) -> bool:
    """Halts an account from when it is applied, or lets it go on; False when it was so already."""
    if halted:
        statement = insert(AccountHalt).values(user_id=user_id, action_id=action_id)
        return connection.execute(statement.on_conflict_do_nothing()).rowcount > 0
    return connection.execute(sa.delete(AccountHalt).where(AccountHalt.user_id == user_id)).rowcount > 0


def limits_in_force(connection: sa.Connection) -> dict[str, AssetLimits]:
    """Of every asset."""
    kept = {row.symbol: row for row in connection.execute(sa.select(AssetLimit.__table__))}
    return {
        symbol: AssetLimits(row.close_only, row.position_max, row.exposure_max, row.leverage_max)
        if (row := kept.get(symbol)) is not None
        else AssetLimits()
        for symbol in ASSETS
    }


def apply_limits(database: sa.Engine, order_state: redis.Redis, shards: int) -> None:
    """Writes what is in force into the order state: all of it, so that nothing that was lifted stays."""
    with database.begin() as connection:
        # Who reads first must write first.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        limits = limits_in_force(connection)
        halted = [str(user_id) for user_id in connection.scalars(sa.select(AccountHalt.user_id))]
        for symbol, allowed in limits.items():
            write_limits(order_state, shards, symbol, allowed)
        write_halts(order_state, shards, halted)
