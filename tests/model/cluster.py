"""The caller in a hurry, on a cluster: each command goes to the master of its shard."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import hiredis
import redis

from orders.keys import shard_tag
from runtime.cluster import Cluster
from runtime.connections import orders_redis
from runtime.settings import Settings
from tests.model.wire import CALLS, QuickRedis, packed

TAG = re.compile(rb"\{s\d+\}")


class QuickMaster(QuickRedis):
    """One master, over TCP."""

    def dial_port(self, *, timeout_s: float) -> None:
        """Opens the socket to where redis-py would connect."""
        address = self.connection_pool.connection_kwargs
        self._reader = hiredis.Reader(replyError=redis.ResponseError, encoding="utf-8")
        self._socket = socket.create_connection((address["host"], address["port"]), timeout=timeout_s)
        self.round_trip([packed("AUTH", address["password"])])


class QuickCluster(QuickRedis):
    """All masters."""

    def join(self, cluster: Cluster, masters: Sequence[QuickMaster], shards: int) -> None:
        """Notes which master has which shard; the masters' slots must stay where they are."""
        self._cluster = cluster
        by_port = {master.connection_pool.connection_kwargs["port"]: master for master in masters}
        tags = map(shard_tag, range(shards))
        self._masters = {
            tag.encode(): by_port[cluster.get_node_from_key(tag).port]  # type: ignore[no-untyped-call]
            for tag in tags
        }

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """A function's call; any other command goes redis-py's way."""
        if args[0] in CALLS:
            return super().execute_command(*args, **options)
        return self._cluster.execute_command(*args, **options)

    def pipeline(self, transaction: Any = True, shard_hint: Any = None) -> Any:
        """The cluster's own, which finds each key's master."""
        return self._cluster.pipeline(transaction=transaction)  # type: ignore[no-untyped-call]

    def round_trip(self, commands: Sequence[bytes]) -> list[Any]:
        """One round trip to each master that is asked something; the replies in the commands' order."""
        places = [self._master_of(command) for command in commands]
        replies: dict[int, Any] = {}
        for master in set(places):
            numbers = [number for number, place in enumerate(places) if place is master]
            # The reply to what is asked first is bytes, of whichever master.
            _, *heard = master.round_trip([packed("PING"), *(commands[number] for number in numbers)])
            replies |= dict(zip(numbers, heard, strict=True))
        if isinstance(replies[0], str):
            replies[0] = replies[0].encode()
        return [replies[number] for number in range(len(commands))]

    def _master_of(self, command: bytes) -> QuickMaster:
        tag = TAG.search(command)
        return self._masters[tag[0]] if tag else next(iter(self._masters.values()))


@contextmanager
def quick_cluster(settings: Settings) -> Iterator[QuickCluster]:
    """A client of the settings' cluster, whose nodes are all named in them."""
    with ExitStack() as stack:
        cluster = cast(Cluster, stack.enter_context(orders_redis(settings, name="simulate")))
        urls = settings.orders_redis_url.split(",")
        masters = [stack.enter_context(cast(QuickMaster, QuickMaster.from_url(url))) for url in urls]
        for master in masters:
            master.dial_port(timeout_s=settings.redis_timeout_s)
        client = stack.enter_context(cast(QuickCluster, QuickCluster.from_url(urls[0])))
        client.join(cluster, masters, settings.order_shards)
        yield client
