"""Which processes of the desk live, of which version and since when: in Redis (REDIS_URL), as each says.

Whoever says nothing for KEPT_S is gone.
"""

import time
from dataclasses import asdict, dataclass
from typing import cast

import orjson
import redis

# Long enough for one that is held up to be heard again.
KEPT_S = 30
SHOWN_MAX = 1_000
_KEY = "presence"


@dataclass(frozen=True, slots=True)
class Presence:
    """One process. process: its name in the Procfile; instance: host:pid; times in ms since the epoch.

    cpu_s: processor time that it has used; resident_bytes: memory that it holds.
    """

    process: str
    instance: str
    version: str
    since_ms: int
    seen_ms: int
    cpu_s: float
    resident_bytes: int


def say_present(client: redis.Redis, presence: Presence) -> None:
    """Says that the process lives, and forgets those that haven't for long. Raises redis.RedisError."""
    name = f"{presence.process}:{presence.instance}"
    with client.pipeline(transaction=True) as pipeline:
        pipeline.set(f"{_KEY}:{name}", orjson.dumps(asdict(presence)), ex=KEPT_S)
        pipeline.zadd(_KEY, {name: presence.seen_ms})
        pipeline.zremrangebyscore(_KEY, "-inf", presence.seen_ms - KEPT_S * 1000)
        pipeline.execute()


def say_gone(client: redis.Redis, presence: Presence) -> None:
    """Says that the process ends. Raises redis.RedisError."""
    name = f"{presence.process}:{presence.instance}"
    with client.pipeline(transaction=True) as pipeline:
        pipeline.delete(f"{_KEY}:{name}")
        pipeline.zrem(_KEY, name)
        pipeline.execute()


def who_is_present(client: redis.Redis) -> list[Presence]:
    """Every process that said so lately, by name; 1,000 at most. Raises redis.RedisError."""
    since = int(time.time() * 1000) - KEPT_S * 1000
    names = cast(list[bytes], client.zrangebyscore(_KEY, since, "+inf", start=0, num=SHOWN_MAX))
    if not names:
        return []
    texts = cast(list[bytes | None], client.mget([f"{_KEY}:{name.decode()}" for name in names]))
    found = [Presence(**orjson.loads(text)) for text in texts if text is not None]
    return sorted(found, key=lambda one: (one.process, one.instance))
