"""Prometheus metrics of processes without a port of their own: in Redis (REDIS_URL), for /metrics to show.

Each instance publishes its registry as a whole; one that is gone goes by itself after KEPT_S. Their samples
are told apart by the label `instance`.
"""

import os
import socket
import time
from collections.abc import Iterable
from typing import cast

import orjson
import redis
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

# Long enough for a scrape to come by, and for a process that is held up.
KEPT_S = 30
_KEY = "metrics:"
# Instances of one kind of process that are shown.
_INSTANCES_MAX = 1000


def this_instance() -> str:
    """What tells this process from all others: containers and machines count theirs each for itself."""
    return f"{socket.gethostname()}:{os.getpid()}"


def publish_metrics(client: redis.Redis, process: str, instance: str, registry: CollectorRegistry) -> None:
    """Replaces what the instance published before. Raises redis.RedisError."""
    families = [
        [
            metric.name,
            metric.documentation,
            metric.type,
            [[sample.name, sample.labels, sample.value] for sample in metric.samples],
        ]
        for metric in registry.collect()
    ]
    with client.pipeline(transaction=False) as pipeline:
        pipeline.set(_key(process, instance), orjson.dumps(families), ex=KEPT_S)
        pipeline.zadd(_KEY + process, {instance: time.time()})
        pipeline.zremrangebyscore(_KEY + process, "-inf", time.time() - KEPT_S)
        pipeline.execute()


def read_metrics(client: redis.Redis, *processes: str) -> Iterable[Metric]:
    """What instances of these processes published in the last seconds, a family of metrics once.

    Raises redis.RedisError.
    """
    metrics: dict[str, Metric] = {}
    for process in processes:
        for instance in _instances(client, process):
            text = client.get(_key(process, instance))
            for name, documentation, kind, samples in orjson.loads(text) if isinstance(text, bytes) else ():
                metric = metrics.setdefault(name, Metric(name, documentation, kind))
                for sample, labels, value in samples:
                    metric.add_sample(sample, {**labels, "instance": instance}, value)
    return metrics.values()


def _instances(client: redis.Redis, process: str) -> list[str]:
    since = time.time() - KEPT_S
    found = client.zrangebyscore(_KEY + process, since, "+inf", start=0, num=_INSTANCES_MAX)
    return [instance.decode() for instance in cast(list[bytes], found)]


def _key(process: str, instance: str) -> str:
    return f"{_KEY}{process}:{instance}"
