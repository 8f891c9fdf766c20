"""The order state's servers when they are a Redis or Valkey Cluster."""

import random
from typing import Any
from urllib.parse import SplitResult, urlsplit

import redis
from redis.cluster import ClusterNode
from redis.exceptions import ClusterError, RedisClusterException

USUAL_PORT = 6379
_FUNCTION_CALLS = {"FCALL", "FCALL_RO"}


class Cluster(redis.RedisCluster):
    """A cluster's client that fails as a single server's does, and asks the servers no more than it must."""

    def determine_slot(self, *args: Any) -> int | None:
        """The slot that a command is for. Raises ValueError when its keys are of several."""
        if args[0] in _FUNCTION_CALLS and int(args[2]) > 0:
            # redis-py has a server tell it where the keys of a function call are: a round trip for each call.
            return int(self.keyslot(args[3]))  # type: ignore[no-untyped-call]
        try:
            slot: int | None = super().determine_slot(*args)
        except RedisClusterException as error:
            # A mistake of ours, not one of those below.
            raise ValueError(str(error)) from error
        return slot

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Sends a command to where it belongs. Raises redis.ConnectionError while nobody serves it there."""
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (RedisClusterException, ClusterError) as error:
            # Not by these names: who waits for a server to come back would take them for a mistake of ours.
            raise redis.ConnectionError(str(error)) from error

    def close(self) -> None:
        """Closes all connections, which redis-py would leave to the garbage collector."""
        nodes: list[ClusterNode] = self.get_nodes()  # type: ignore[no-untyped-call]
        for node in nodes:
            if node.redis_connection is not None:
                node.redis_connection.connection_pool.disconnect()
        super().close()


def connect_cluster(urls: str, **options: Any) -> Cluster:
    """A client of the cluster that these nodes belong to (URLs, comma-separated); one that answers is enough.

    Raises redis.ConnectionError when none does.
    """
    seeds = _split(urls)
    nodes = [_node(seed) for seed in seeds]
    try:
        return Cluster(url=seeds[0].geturl(), startup_nodes=nodes, **options)
    except RedisClusterException as error:
        raise redis.ConnectionError(str(error)) from error


def any_node(cluster: Cluster, urls: str) -> str:
    """The URL of one of the cluster's nodes as it stands, spoken to as those given are."""
    node: ClusterNode = random.choice(cluster.get_nodes())  # type: ignore[no-untyped-call]
    seed = _split(urls)[0]
    credentials, at, _ = seed.netloc.rpartition("@")
    host = f"[{node.host}]" if ":" in node.host else node.host
    return seed._replace(netloc=f"{credentials}{at}{host}:{node.port}").geturl()


def _node(url: SplitResult) -> ClusterNode:
    return ClusterNode(url.hostname, url.port or USUAL_PORT)  # type: ignore[no-untyped-call]


def _split(urls: str) -> list[SplitResult]:
    return [urlsplit(url.strip()) for url in urls.split(",")]
