"""What a process without a port of its own tells of itself: figures in Redis (REDIS_URL), for /metrics.

They go by themselves when nobody renews them: figures that are there are of a process that lives.
"""

import time
from collections.abc import Mapping

import orjson
import redis

_KEY = "figures:"
# Long enough for a scrape to come by, and for a process that is held up.
KEPT_S = 30


def publish_figures(client: redis.Redis, process: str, figures: Mapping[str, int | float]) -> None:
    """Replaces the process's figures, and adds when: at_us since the epoch. Raises redis.RedisError."""
    client.set(_KEY + process, orjson.dumps({**figures, "at_us": time.time_ns() // 1000}), ex=KEPT_S)


def read_figures(client: redis.Redis, process: str) -> dict[str, int | float]:
    """The process's figures of the last seconds, by name; none of a process that isn't there."""
    text = client.get(_KEY + process)
    return dict(orjson.loads(text)) if isinstance(text, bytes) else {}
