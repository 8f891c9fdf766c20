"""Choosing the TCP ports that `make run` and the tests listen on."""

import random
import socket
from collections.abc import Callable, Collection

# Below Linux's range of ephemeral ports, so that no outgoing connection takes a port between choice and use.
_quiet_ports = range(15_000, 32_000)
# Not the shared generator: Hypothesis seeds that one, and two test runs would choose the same ports.
_random = random.SystemRandom()
_NEIGHBOURS = 50
_TRIES = 200

IsFree = Callable[[str, int], bool]


class NoFreePortError(RuntimeError):
    """Every port that was tried is taken."""


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose_port(
    usual: int, *, host: str = "127.0.0.1", taken: Collection[int] = (), free: IsFree = is_free
) -> int:
    """The usual port or, when it is in use or in `taken`, the next one above it that is free.

    Raises NoFreePortError after fifty neighbours.
    """
    for port in range(usual, min(usual + _NEIGHBOURS, 65_535) + 1):
        if port not in taken and free(host, port):
            return port
    raise NoFreePortError(f"neither port {usual} nor the {_NEIGHBOURS} above it are free on {host}")


def share_quiet_ports(part: int, parts: int) -> None:
    """Leaves this process one part (0, 1, ...) of the quiet ports, the others to those beside it.

    A port that was chosen is free until its server listens, and again whenever that one is killed.
    """
    global _quiet_ports
    _quiet_ports = _quiet_ports[part::parts]


def quiet_port(*, host: str = "127.0.0.1", taken: Collection[int] = (), free: IsFree = is_free) -> int:
    """A free port that nobody else is likely to choose at the same moment, for tests.

    Raises NoFreePortError after a bounded number of tries.
    """
    for _ in range(_TRIES):
        port = _random.choice(_quiet_ports)
        if port not in taken and free(host, port):
            return port
    raise NoFreePortError(f"no free port on {host} after {_TRIES} tries")
