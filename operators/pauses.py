"""Actors that operators have paused: their messages wait, those of others go on.

Kept in the queues' Redis (REDIS_URL), beside the messages: who loses the one loses the other.
"""

from dataclasses import asdict, dataclass
from typing import cast

import orjson
import redis

from domain.errors import DeskError
from operators.actions import Asked
from runtime.broker import Actor

_KEY = "actors:paused"
# Who is limited must be held to it: what operators halt is applied by this one.
NEVER_PAUSED = frozenset({Actor.LIMITS})


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when (ms since the epoch), and why."""

    since_ms: int
    reason: str


class NeverPaused(DeskError):
    """An actor that the desk can't do without for a moment."""

    code = "actor_never_paused"


def pause(client: redis.Redis, actor: Actor, asked: Asked, *, now_ms: int) -> None:
    """From within a second or so no worker starts a message of the actor's. Raises NeverPaused."""
    if actor in NEVER_PAUSED:
        raise NeverPaused(actor)
    client.hset(_KEY, actor, orjson.dumps(asdict(Pause(now_ms, asked.reason.strip()))))


def resume(client: redis.Redis, actor: Actor) -> None:
    """The actor goes on; one that wasn't paused does so anyway."""
    client.hdel(_KEY, actor)


def paused_actors(client: redis.Redis) -> dict[str, Pause]:
    """By name. Raises redis.RedisError."""
    found = cast(dict[bytes, bytes], client.hgetall(_KEY))
    return {name.decode(): Pause(**orjson.loads(text)) for name, text in found.items()}


def paused_names(client: redis.Redis) -> frozenset[str]:
    """The names alone. Raises redis.RedisError."""
    return frozenset(name.decode() for name in cast(list[bytes], client.hkeys(_KEY)))
