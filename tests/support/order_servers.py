"""The servers that the order engine must work on: Valkey from its wheel, and a Redis of this machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from runtime.embedded.valkey import ValkeyServer, valkey_binary
from runtime.ports import quiet_port
from tests.support.services import RunningServer

VERSION_LIMIT_S = 10
# Functions came with it.
REDIS_MAJOR_MIN = 7


@dataclass(frozen=True, slots=True)
class OrderServer:
    """A kind of server. missing: why it can't run here, empty when it can."""

    name: str
    binary: Path = Path()
    missing: str = ""

    def __str__(self) -> str:
        return self.name


def _redis() -> OrderServer:
    found = shutil.which("redis-server")
    if found is None:
        return OrderServer("redis-7", missing="redis-server is not installed on this machine")
    version = _version(Path(found))
    if int(version.partition(".")[0]) < REDIS_MAJOR_MIN:
        return OrderServer("redis-7", missing=f"redis-server {version} of this machine has no functions")
    return OrderServer(f"redis-{version}", Path(found))


def _version(binary: Path) -> str:
    """A Debian redis-server and a Valkey say `v=7.0.15`."""
    said = subprocess.run(
        [binary, "--version"], capture_output=True, text=True, check=True, timeout=VERSION_LIMIT_S
    ).stdout
    version = re.search(r"\bv=(\d+\.\d+\.\d+)", said)
    assert version, said
    return version[1]


ORDER_SERVERS = (OrderServer(f"valkey-{_version(valkey_binary())}", valkey_binary()), _redis())


@contextmanager
def running_order_server(kind: OrderServer) -> Iterator[RunningServer]:
    """One of its own, with `appendfsync always` as in production; stopped and deleted at the end."""
    with TemporaryDirectory(prefix="cfdesk-tests-") as name, ExitStack() as stack:
        folder = Path(name)
        server = ValkeyServer(
            "orders",
            folder=folder / "orders",
            secrets=folder / "secrets",
            port=quiet_port(),
            fsync="always",
            binary=kind.binary,
        )
        yield start(server, folder / "orders.log", stack).wait()


def start(server: ValkeyServer, log: Path, stack: ExitStack) -> RunningServer:
    """Starts a server that the stack stops."""
    server.prepare()
    running = RunningServer(server, log)
    stack.callback(running.stop)
    return running.start()
