"""A real cluster of the order state's servers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import redis

from runtime.embedded.server import HOST
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from tests.support.order_servers import OrderServer, start
from tests.support.services import RunningServer
from tests.support.waiting import eventually

MASTERS = 3
SLOTS = 16_384
# A new cluster takes writes two seconds after it is whole.
FORMED_LIMIT_S = 30.0


@dataclass(frozen=True)
class RunningCluster:
    """Masters side by side, each with a third of the slots."""

    masters: tuple[RunningServer, ...]

    @property
    def url(self) -> str:
        """All of them, as ORDERS_REDIS_URL names them."""
        return ",".join(master.server.url for master in self.masters)

    @property
    def web_url(self) -> str:
        """The same as the web's user."""
        servers = [cast(ValkeyServer, master.server) for master in self.masters]
        return ",".join(server.user_url("web") for server in servers)

    def knows(self, master: RunningServer) -> bool:
        """Whether a master thinks that the cluster is whole, and knows everybody."""
        with redis.Redis.from_url(master.server.url) as client:
            info = cast(dict[str, str], client.execute_command("CLUSTER INFO"))
        return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == len(self.masters)


@contextmanager
def running_cluster(kind: OrderServer) -> Iterator[RunningCluster]:
    """Starts the masters, lets them meet, and waits until all know it; stopped and deleted at the end."""
    ports: set[int] = set()

    def port() -> int:
        ports.add(chosen := quiet_port(taken=ports))
        return chosen

    with TemporaryDirectory(prefix="cfdesk-cluster-") as name, ExitStack() as stack:
        folder = Path(name)
        bus_ports = [port() for _ in range(MASTERS)]
        masters = [
            start(
                ValkeyServer(
                    # One name, so that all have one password of each user.
                    "orders",
                    folder=folder / f"orders-{number}",
                    secrets=folder / "secrets",
                    port=port(),
                    fsync="always",
                    binary=kind.binary,
                    settings={"cluster-enabled": "yes", "cluster-port": str(bus_port)},
                ),
                folder / f"orders-{number}.log",
                stack,
            )
            for number, bus_port in enumerate(bus_ports)
        ]
        cluster = RunningCluster(tuple(masters))
        for number, (master, bus_port) in enumerate(zip(masters, bus_ports, strict=True)):
            master.wait()
            with redis.Redis.from_url(master.server.url) as client:
                first, last = SLOTS * number // MASTERS, SLOTS * (number + 1) // MASTERS - 1
                client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
            if number > 0:
                with redis.Redis.from_url(masters[0].server.url) as client:
                    client.execute_command("CLUSTER MEET", HOST, master.server.port, bus_port)
        eventually(
            lambda: all(map(cluster.knows, masters)), limit_s=FORMED_LIMIT_S, what="the cluster to be whole"
        )
        yield cluster
