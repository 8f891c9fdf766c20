"""Calling the library's functions: JSON answers, refusals as exceptions."""

from typing import Any, cast

import orjson
import redis

from orders.codes import Code, Refused
from orders.keys import shard_tag
from orders.library import PREFIX


def ask_shard(
    client: redis.Redis, function: str, shard: int, *args: str | bytes | int, write: bool = True
) -> Any:
    """What a function answers in a shard, a refusal like any other answer."""
    call = client.fcall if write else client.fcall_ro
    return orjson.loads(cast(bytes, call(PREFIX + function, 1, shard_tag(shard), *args)))


def call_shard(
    client: redis.Redis, function: str, shard: int, *args: str | bytes | int, write: bool = True
) -> Any:
    """What a function answers in a shard. Raises Refused."""
    answer = ask_shard(client, function, shard, *args, write=write)
    if isinstance(answer, dict) and "refused" in answer:
        raise Refused(Code(answer.pop("refused")), answer)
    return answer
