"""Where the servers of `make run` listen."""

from pathlib import Path

import pytest

from runtime.embedded.desk import EmbeddedServers
from runtime.settings import Settings


@pytest.fixture
def settings() -> Settings:
    """A desk that brings every server itself."""
    return Settings(_env_file=None, database_url="", redis_url="", orders_redis_url="", kafka_brokers="")


def test_they_may_be_told_where(settings: Settings, tmp_path: Path) -> None:
    told = settings.model_copy(update={"embedded_ports_from": 14_000})

    servers = EmbeddedServers(told, tmp_path, tmp_path)

    assert list(servers.addresses.values()) == [f"127.0.0.1:{port}" for port in range(14_000, 14_004)]
    assert servers.moved == []


def test_the_pages_port_is_never_theirs(settings: Settings, tmp_path: Path) -> None:
    told = settings.model_copy(update={"embedded_ports_from": 14_000, "web_port": 14_001})

    servers = EmbeddedServers(told, tmp_path, tmp_path)

    assert "127.0.0.1:14001" not in servers.addresses.values()
    assert len(set(servers.addresses.values())) == 4
    assert len(servers.moved) == 3
