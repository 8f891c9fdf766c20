"""Which servers a desk must bring itself, and on which ports."""

from pathlib import Path

from runtime.embedded.kafka import KafkaServer
from runtime.embedded.postgres import PostgresServer
from runtime.embedded.server import Server
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import choose_port
from runtime.settings import Settings

USUAL_PORTS = {"postgres": 5432, "queues": 6379, "orders": 6380, "kafka": 9092}


class EmbeddedServers:
    """The servers whose address isn't given in the settings. Raises NoFreePortError."""

    def __init__(self, settings: Settings, folder: Path, secrets: Path) -> None:
        self.servers: list[Server] = []
        self.urls: dict[str, str] = {}
        self.moved: list[str] = []
        self._taken = {settings.web_port, settings.stream_port}
        self._usual = USUAL_PORTS
        if (first := settings.embedded_ports_from) is not None:
            self._usual = {name: first + place for place, name in enumerate(USUAL_PORTS)}
        if not settings.database_url:
            port = self._port("postgres")
            self._add("database_url", PostgresServer(folder=folder / "postgres", secrets=secrets, port=port))
        if not settings.redis_url:
            port = self._port("queues")
            self._add(
                "redis_url",
                ValkeyServer(
                    "queues", folder=folder / "queues", secrets=secrets, port=port, fsync="everysec"
                ),
            )
        if not settings.orders_redis_url:
            orders = ValkeyServer(
                "orders",
                folder=folder / "orders",
                secrets=secrets,
                port=self._port("orders"),
                fsync="always",
            )
            self._add("orders_redis_url", orders)
            self.urls["orders_web_redis_url"] = orders.user_url("web")
        if not settings.kafka_brokers:
            self._add("kafka_brokers", KafkaServer(folder=folder / "kafka", port=self._port("kafka")))

    @property
    def addresses(self) -> dict[str, str]:
        """Name -> port, without passwords."""
        return {server.name: f"127.0.0.1:{server.port}" for server in self.servers}

    def _add(self, setting: str, server: Server) -> None:
        self.servers.append(server)
        self.urls[setting] = server.url

    def _port(self, name: str) -> int:
        usual = self._usual[name]
        port = choose_port(usual, taken=self._taken)
        self._taken.add(port)
        if port != usual:
            self.moved.append(f"port {usual} is taken: {name} listens on {port} instead")
        return port
