"""Connections to the servers, made one way everywhere: each has a time limit and a name."""

from functools import cache
from typing import Any, cast

import redis
import sqlalchemy as sa
import sqlalchemy.exc
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from runtime.cluster import Cluster, any_node, connect_cluster
from runtime.settings import Settings

# What a statement raises when PostgreSQL isn't there, or has no connection left in time.
DATABASE_AWAY = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError)
# Tried again a few times only: every mutating call carries a request id, so a retry can't double it.
_REDIS_RETRIES = 3


class NotConfigured(RuntimeError):
    """A server's address is missing; the message names the setting."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"{setting} is not set: start the desk with `make run`, or give a server's address")


def connect_redis(url: str, settings: Settings, *, setting: str, name: str) -> redis.Redis:
    """A client of one Redis or Valkey server; `setting` names where `url` should have come from."""
    if not url:
        raise NotConfigured(setting)
    return redis.Redis.from_url(url, **_redis_options(settings, name))


def queue_redis(settings: Settings, *, name: str) -> redis.Redis:
    """The Redis of queues, rate limits, leases and revocations."""
    return connect_redis(settings.redis_url, settings, setting="REDIS_URL", name=name)


def orders_redis(settings: Settings, *, name: str) -> redis.Redis:
    """The Redis that holds order state, its events and its channels: a server, or a cluster.

    Of a cluster the client is another class with the same commands: each goes to the node of its key. Raises
    redis.ConnectionError when none of the cluster's nodes answers.
    """
    if settings.orders_redis_cluster:
        return cast(redis.Redis, _orders_cluster(settings, name))
    return connect_redis(settings.orders_redis_url, settings, setting="ORDERS_REDIS_URL", name=name)


def orders_listener(settings: Settings, *, name: str) -> redis.Redis:
    """A client to hear the order state's channels with.

    A cluster passes what is published to all of its nodes: one of them will do, another each time. Raises
    redis.ConnectionError when none answers.
    """
    if not settings.orders_redis_cluster:
        return orders_redis(settings, name=name)
    cluster = _orders_cluster(settings, name)
    url = any_node(cluster, settings.orders_redis_url)
    cluster.close()
    return connect_redis(url, settings, setting="ORDERS_REDIS_URL", name=name)


def _orders_cluster(settings: Settings, name: str) -> Cluster:
    if not settings.orders_redis_url:
        raise NotConfigured("ORDERS_REDIS_URL")
    return connect_cluster(settings.orders_redis_url, **_redis_options(settings, name))


def _redis_options(settings: Settings, name: str) -> dict[str, Any]:
    return {
        "client_name": name,
        # Redis 7.0 doesn't know what this would say, and the web's user may not say it.
        "driver_info": None,
        "socket_timeout": settings.redis_timeout_s,
        "socket_connect_timeout": settings.redis_timeout_s,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.5), _REDIS_RETRIES),
    }


def sqlalchemy_url(database_url: str) -> str:
    """`postgresql://...` as people write it, with the driver that we use."""
    if not database_url:
        raise NotConfigured("DATABASE_URL")
    for prefix in ("postgres://", "postgresql://"):
        if database_url.startswith(prefix):
            return "postgresql+psycopg://" + database_url.removeprefix(prefix)
    return database_url


def engine(settings: Settings, *, name: str) -> sa.Engine:
    """The process's pool of PostgreSQL connections: one for each database and name."""
    return _engine(settings.database_url, name, settings.database_pool_size, settings.database_timeout_s)


# Cached by what matters: settings hold a dict and have no hash.
@cache
def _engine(database_url: str, name: str, pool_size: int, timeout_s: int) -> sa.Engine:
    timeout_ms = timeout_s * 1000
    options: dict[str, Any] = {
        "application_name": f"cfdesk-{name}",
        "connect_timeout": timeout_s,
        "options": f"-c statement_timeout={timeout_ms} -c timezone=UTC"
        f" -c idle_in_transaction_session_timeout={timeout_ms * 2}",
    }
    return sa.create_engine(
        sqlalchemy_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=timeout_s,
        pool_pre_ping=True,
        connect_args=options,
    )


def kafka_config(settings: Settings, *, name: str) -> dict[str, Any]:
    """librdkafka settings that producer and consumer share."""
    if not settings.kafka_brokers:
        raise NotConfigured("KAFKA_BROKERS")
    return {
        "bootstrap.servers": settings.kafka_brokers,
        "client.id": f"cfdesk-{name}",
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2000,
        # librdkafka writes to stderr by itself; errors reach us by callback.
        "log_level": 3,
    }
