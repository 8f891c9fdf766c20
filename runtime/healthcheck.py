"""Is this process fit to work? `python -m runtime.healthcheck [web|stream]` exits 0 or says why not.

For containers: `web` and `stream` are asked over HTTP; the others, which listen nowhere, are as healthy as
their way to the servers.
"""

import http.client
import socket
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from runtime.settings import Settings, get_settings

_TIMEOUT_S = 0.5
_CONNECT_TIMEOUT_S = 2.0


def reachable_host(host: str) -> str:
    """Where this machine reaches a server that listens on `host`."""
    return "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host  # noqa: S104 - compared, not listened on


def answers_health(host: str, port: int, *, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether GET /health answers 200 now."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def unreachable(settings: Settings) -> list[str]:
    """The settings whose servers take no connection now; of several brokers or nodes one is enough."""
    groups = {
        "DATABASE_URL": [_address(settings.database_url, 5432)],
        "REDIS_URL": [_address(settings.redis_url, 6379)],
        "ORDERS_REDIS_URL": [_address(url.strip(), 6379) for url in settings.orders_redis_url.split(",")],
        "KAFKA_BROKERS": [
            _address(f"kafka://{broker.strip()}", 9092) for broker in settings.kafka_brokers.split(",")
        ],
    }
    return [name for name, addresses in groups.items() if not any(map(_connects, addresses))]


def _address(url: str, usual_port: int) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or usual_port


def _connects(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=_CONNECT_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """0 when healthy, else 1 and a sentence."""
    settings = get_settings()
    host = reachable_host(settings.web_host)
    ports = {"web": settings.web_port, "stream": settings.stream_port}
    if arguments:
        port = ports[arguments[0]]
        if answers_health(host, port, timeout_s=_CONNECT_TIMEOUT_S):
            return 0
        sys.stderr.write(f"no answer from http://{host}:{port}/health\n")
        return 1
    if missing := unreachable(settings):
        sys.stderr.write(f"can't reach the server of {', '.join(missing)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
