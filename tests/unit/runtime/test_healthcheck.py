"""The containers' health check tells a process that can work from one that can't."""

import socket
from collections.abc import Iterator

import pytest

from runtime.healthcheck import answers_health, reachable_host, unreachable
from runtime.ports import quiet_port
from runtime.settings import Settings


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def servers(port: int, kafka: str) -> Settings:
    """Settings whose servers all are at the port, but for the brokers."""
    return Settings(
        database_url=f"postgresql://u:p@127.0.0.1:{port}/d",
        redis_url=f"redis://:p@127.0.0.1:{port}/0",
        orders_redis_url=f"redis://:p@127.0.0.1:{port}/0",
        kafka_brokers=kafka,
    )


def test_all_is_well_when_every_server_takes_connections(listening: int) -> None:
    assert unreachable(servers(listening, f"127.0.0.1:{listening}")) == []


def test_one_of_several_brokers_is_enough(listening: int) -> None:
    assert unreachable(servers(listening, f"127.0.0.1:{quiet_port()}, 127.0.0.1:{listening}")) == []


def test_one_of_the_nodes_of_a_cluster_is_enough(listening: int) -> None:
    nodes = ", ".join(f"redis://:p@127.0.0.1:{port}" for port in (quiet_port(), listening))
    settings = servers(listening, f"127.0.0.1:{listening}").model_copy(update={"orders_redis_url": nodes})
    assert unreachable(settings) == []


def test_what_cannot_be_reached_is_named_by_its_setting(listening: int) -> None:
    closed = quiet_port()
    assert unreachable(servers(listening, f"127.0.0.1:{closed}")) == ["KAFKA_BROKERS"]
    assert len(unreachable(servers(closed, f"127.0.0.1:{closed}"))) == 4


def test_a_web_process_that_says_nothing_is_not_healthy(listening: int) -> None:
    assert not answers_health("127.0.0.1", listening, timeout_s=0.05)
    assert not answers_health("127.0.0.1", quiet_port(), timeout_s=0.05)


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104
        ("::", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_process_listening_everywhere_is_reached_at_home(host: str, reached: str) -> None:
    assert reachable_host(host) == reached
