"""What operators allow, written where the Lua library reads it before each open.

The word that counts is PostgreSQL's: a server that lost these keys gets them again when it is opened.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import redis

from domain.orders import AssetLimits
from orders.keys import halted_key, limits_key, shard_of


def write_limits(client: redis.Redis, shards: int, symbol: str, limits: AssetLimits) -> None:
    """Holds every new position in the asset to these limits; there may be none.

    Shards know nothing of each other: each may take its even share of the exposure, so that all together stay
    below it.
    """
    allowed: dict[Any, Any] = {
        "close_only": int(limits.close_only),
        "position_max": limits.position_max,
        "exposure_max": None if limits.exposure_max is None else limits.exposure_max // shards,
        "leverage_max": limits.leverage_max,
    }
    for shard in range(shards):
        pipeline = client.pipeline(transaction=True)
        pipeline.delete(limits_key(shard, symbol))
        pipeline.hset(
            limits_key(shard, symbol),
            mapping={name: value for name, value in allowed.items() if value is not None},
        )
        pipeline.execute()


def write_halts(client: redis.Redis, shards: int, user_ids: Iterable[str]) -> None:
    """Keeps these accounts from opening positions, and lets all others."""
    halted: dict[int, dict[Any, Any]] = defaultdict(dict)
    for user_id in user_ids:
        halted[shard_of(user_id, shards)][user_id] = "1"
    for shard in range(shards):
        pipeline = client.pipeline(transaction=True)
        pipeline.delete(halted_key(shard))
        if halted[shard]:
            pipeline.hset(halted_key(shard), mapping=halted[shard])
        pipeline.execute()
