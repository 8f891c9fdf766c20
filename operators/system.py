"""What the desk runs on, and how far its parts are behind; a part that is away hides no other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import redis
import sqlalchemy as sa

from operators.lags import JournalLag, SnapshotLag, journal_lags, snapshot_lag
from runtime.failures import SERVER_AWAY, brief
from runtime.figures import read_figures
from runtime.presence import Presence, who_is_present
from runtime.published_metrics import read_metrics

# What a whole desk consists of, by the names of the Procfile.
PROCESSES = ("web", "stream", "poller", "batcher", "journal", "worker", "scheduler")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """One server. version: None when it doesn't answer, and error says why."""

    name: str
    version: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The servers that are asked."""

    database: sa.Engine
    order_state: redis.Redis
    queues: redis.Redis
    shards: int


def read_processes(asked: Asked) -> tuple[list[Presence], list[str]]:
    """Those that live, and the names of which there is none. Raises redis.RedisError."""
    present = who_is_present(asked.queues)
    return present, [name for name in PROCESSES if name not in {one.process for one in present}]


def read_servers(asked: Asked) -> list[Server]:
    """Every server and its version."""
    return [
        _server("PostgreSQL", lambda: _postgresql(asked.database)),
        _server("Order state", lambda: _valkey(asked.order_state)),
        _server("Queues", lambda: _valkey(asked.queues)),
    ]


def read_journal(asked: Asked) -> list[JournalLag]:
    """Of each shard. Raises redis.RedisError, sqlalchemy.exc.OperationalError."""
    with asked.database.connect() as connection:
        return journal_lags(connection, asked.order_state, range(asked.shards))


def read_snapshots(asked: Asked) -> SnapshotLag:
    """Of all accounts. Raises sqlalchemy.exc.OperationalError."""
    with asked.database.connect() as connection:
        return snapshot_lag(connection)


def read_counters(asked: Asked) -> Mapping[str, float]:
    """By name: what batchers and relays published of themselves, summed; the feed's figures as `feed_...`.

    Raises redis.RedisError.
    """
    sums: dict[str, float] = {}
    for metric in read_metrics(asked.queues, "batcher", "relay"):
        for sample in metric.samples:
            if not sample.name.endswith(("_bucket", "_created")):
                name = sample.name.removeprefix("cfdesk_")
                sums[name] = sums.get(name, 0) + sample.value
    return sums | {f"feed_{name}": value for name, value in read_figures(asked.queues, "poller").items()}


def told(read: Callable[[], T]) -> tuple[T | None, str | None]:
    """What was read, or else why not."""
    try:
        return read(), None
    except SERVER_AWAY as error:
        return None, brief(error)


def _server(name: str, version: Callable[[], str]) -> Server:
    said, error = told(version)
    return Server(name, said, error)


def _postgresql(database: sa.Engine) -> str:
    with database.connect() as connection:
        version = str(connection.scalar(sa.text("show server_version"))).split(" ")[0]
        timescale = connection.scalar(
            sa.text("select extversion from pg_extension where extname = 'timescaledb'")
        )
    return f"PostgreSQL {version}" + (f", TimescaleDB {timescale}" if timescale else "")


def _valkey(client: redis.Redis) -> str:
    # INFO is not for the web's user, what a connection begins with is for everybody.
    if isinstance(client, redis.RedisCluster):
        said = client.execute_command("HELLO", target_nodes=redis.RedisCluster.RANDOM)
    else:
        said = client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    pairs = said if isinstance(said, dict) else dict(zip(said[::2], said[1::2], strict=True))
    server, version = (_text(pairs[name]) for name in (b"server", b"version"))
    return f"{server.capitalize()} {version}"


def _text(said: bytes | str) -> str:
    return said.decode() if isinstance(said, bytes) else said
