"""Leases in the order state: of several processes that could do the same work, one does it.

They lie in the first shard. The order state keeps them rather than the queues' server because what it has
answered is on disk: a token can't be given twice, and the library checks it where the work arrives.
"""

from dataclasses import dataclass

import redis

from domain.instruments import ASSETS
from orders.calls import call_shard
from orders.codes import Code, Refused

_SHARD = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken. token: greater than that of every holder before."""

    name: str
    holder: str
    token: int


def take_lease(client: redis.Redis, name: str, holder: str, *, ttl_ms: int) -> Lease | None:
    """Takes or renews it for so long; None when another holds it."""
    try:
        answer = call_shard(client, "take_lease", _SHARD, name, holder, ttl_ms)
    except Refused as refusal:
        if refusal.code is not Code.LEASE_HELD:
            raise
        return None
    return Lease(name=name, holder=holder, token=int(answer["token"]))


def release_lease(client: redis.Redis, lease: Lease) -> None:
    """Gives it back, so that another needn't wait; does nothing when it is another's by now."""
    call_shard(client, "release_lease", _SHARD, lease.name, lease.holder)


def raise_fence(client: redis.Redis, shards: int, lease: Lease) -> None:
    """Makes every shard refuse the ticks of earlier holders. Raises Refused (fenced) after a later one."""
    for shard in range(shards):
        call_shard(client, "raise_fence", shard, lease.token, *ASSETS)
