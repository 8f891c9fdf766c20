"""Calling the library's functions: JSON answers, refusals as exceptions."""

from collections.abc import Iterable
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
    return _accepted(ask_shard(client, function, shard, *args, write=write))


def call_all(
    client: redis.Redis, function: str, calls: Iterable[tuple[int, tuple[str | bytes | int, ...]]]
) -> list[Any]:
    """What a function answers to several calls, (shard, arguments) each, sent at once: few fsyncs for many.

    All are made before one that was refused is raised as Refused.
    """
    pipeline = client.pipeline(transaction=False)
    for shard, args in calls:
        pipeline.fcall(PREFIX + function, 1, shard_tag(shard), *args)
    return [_accepted(orjson.loads(cast(bytes, answer))) for answer in pipeline.execute()]


def _accepted(answer: Any) -> Any:
    if isinstance(answer, dict) and "refused" in answer:
        code = Code(answer.pop("refused"))
        raise Refused(code, answer)
    return answer
