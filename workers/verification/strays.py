"""What Redis has and no event tells of: accounts, positions, lists of positions."""

from collections.abc import Mapping
from typing import cast

import redis

from orders.keys import ACCOUNT, ANY_SHARD, POSITION, POSITIONS
from workers.verification.follow import Follower
from workers.verification.report import Difference, Progress

SCAN_COUNT = 1_000


def check_strays(client: redis.Redis, followers: Mapping[int, Follower], progress: Progress) -> None:
    """Looks through all such keys of all shards. Raises Difference.

    A key that the events don't know may be newer than the last event that was folded: only one that is there,
    unknown to all events up to then, and still there afterwards is a stray.
    """
    for kind in (ACCOUNT, POSITIONS, POSITION):
        for key in client.scan_iter(match=f"{ANY_SHARD}{kind}*", count=SCAN_COUNT):
            name = cast(bytes, key).decode()
            tag, _, owner = name.partition(kind)
            shard = int(tag.removeprefix("{s").removesuffix("}"))
            progress.at(f"looking for keys of Redis that no event knows: {kind.strip(':')}")
            if shard not in followers:
                raise Difference(f"Redis has {name}, of a shard that the desk has not")
            if _is_known(followers[shard], kind, owner) or not client.exists(name):
                continue
            followers[shard].to_newest()
            if not _is_known(followers[shard], kind, owner) and client.exists(name):
                raise _stray(client, shard, kind, owner, name)


def _is_known(follower: Follower, kind: str, owner: str) -> bool:
    return owner in (follower.fold.owners if kind == POSITION else follower.fold.accounts)


def _stray(client: redis.Redis, shard: int, kind: str, owner: str, name: str) -> Difference:
    if kind == POSITION:
        user_id = (cast("bytes | None", client.hget(name, "user_id")) or b"").decode()
        return Difference(f"Redis has order {owner}, which is not open", user_id=user_id, shard=shard)
    what = "an account" if kind == ACCOUNT else "a list of open orders"
    return Difference(f"Redis has {what} that no event opened", user_id=owner, shard=shard)
