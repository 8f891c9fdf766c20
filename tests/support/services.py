"""The servers that tests run against: the ones `make run` embeds, started once for the whole test session.

They live in a folder of their own under the system's temporary one, on ports nobody uses, and are gone
afterwards; a killed test run takes them along (PR_SET_PDEATHSIG). Nothing here reads the environment, so
tests never touch the servers of a desk that happens to be configured.
"""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from runtime.child import signal_group, signal_process, spawn
from runtime.embedded.kafka import KafkaServer
from runtime.embedded.postgres import FAST_SETTINGS, PostgresServer
from runtime.embedded.server import Server
from runtime.embedded.valkey import Fsync, ValkeyServer
from runtime.ports import quiet_port

READY_LIMIT_S = 30.0
_POLL_S = 0.01


class RunningServer:
    """An embedded server as a child of the tests: started, killed, started again, stopped."""

    def __init__(self, server: Server, log: Path) -> None:
        self.server = server
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None, f"{self.server.name} is not running"
        return self._process.pid

    def start(self) -> Self:
        """Starts it; `wait` then waits for its first answer."""
        program = self.server.program()
        if program.before_start is not None:
            program.before_start()
        with self._log.open("ab") as log:
            self._process = spawn(program, output=log)
        return self

    def wait(self) -> Self:
        """Waits until it answers; fails with its log when it doesn't."""
        deadline = time.monotonic() + READY_LIMIT_S
        while not self.server.is_ready():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"{self.server.name} does not answer:\n{self.output()}")
            time.sleep(_POLL_S)
        return self

    def kill(self) -> None:
        """kill -9, as the faults do."""
        signal_process(self.pid, signal.SIGKILL)
        self._reap()

    def ask_to_stop(self) -> None:
        """Sends what stops it cleanly; `stop` then waits for the end."""
        if self._process is not None:
            signal_process(self.pid, self.server.program().stop_signal)

    def stop(self) -> None:
        """Stops it cleanly, or by force when that takes too long; does nothing when it isn't running."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(self.server.program().stop_limit_s)
        except subprocess.TimeoutExpired:
            self.kill()
        else:
            self._reap()

    def output(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(errors="replace")

    def _reap(self) -> None:
        assert self._process is not None
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


@dataclass(frozen=True)
class Services:
    """Where the servers are. The broker starts when its address is first asked for: few tests want it."""

    database_url: str
    redis_url: str
    orders_redis_url: str
    _kafka: Callable[[], str] = field(repr=False)
    # By name (postgres, queues, orders, kafka), for tests that kill one.
    servers: dict[str, RunningServer] = field(default_factory=dict, repr=False)
    # Where the processes that face the internet find the order state; empty where they are as the others.
    orders_web_redis_url: str = ""

    @property
    def kafka_brokers(self) -> str:
        """The broker's address; the broker is started if need be."""
        return self._kafka()


@contextmanager
def running_services(
    *,
    database_url: str = "",
    redis_url: str = "",
    orders_redis_url: str = "",
    kafka_brokers: str = "",
    durable: bool = False,
) -> Iterator[Services]:
    """Starts every server whose address isn't given; stops and deletes them at the end.

    PostgreSQL and the queues run without fsync, unless `durable` asks for production's settings; order
    state's Valkey with `appendfsync always`, as in production. To be entered on the main thread.
    """
    folder = Path(tempfile.mkdtemp(prefix="cfdesk-tests-"))
    folder.chmod(0o711)
    secrets = folder / "secrets"
    servers: dict[str, RunningServer] = {}
    taken: set[int] = set()
    orders_web_redis_url = ""

    def port() -> int:
        taken.add(chosen := quiet_port(taken=taken))
        return chosen

    def start(server: Server) -> RunningServer:
        server.prepare()
        running = servers[server.name] = RunningServer(server, folder / f"{server.name}.log")
        return running.start()

    def kafka() -> str:
        if kafka_brokers:
            return kafka_brokers
        if "kafka" not in servers:
            start(KafkaServer(folder=folder / "kafka", port=port())).wait()
        return servers["kafka"].server.url

    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(_stop_all, servers)
        if not redis_url:
            fsync: Fsync = "everysec" if durable else "no"
            start(ValkeyServer("queues", folder=folder / "queues", secrets=secrets, port=port(), fsync=fsync))
        if not orders_redis_url:
            orders = ValkeyServer(
                "orders", folder=folder / "orders", secrets=secrets, port=port(), fsync="always"
            )
            start(orders)
            orders_web_redis_url = orders.user_url("web")
        if not database_url:
            start(
                PostgresServer(
                    folder=folder / "postgres",
                    secrets=secrets,
                    port=port(),
                    settings=None if durable else FAST_SETTINGS,
                )
            )
        for running in servers.values():
            running.wait()
        yield Services(
            database_url=database_url or servers["postgres"].server.url,
            redis_url=redis_url or servers["queues"].server.url,
            orders_redis_url=orders_redis_url or servers["orders"].server.url,
            _kafka=kafka,
            servers=servers,
            orders_web_redis_url=orders_web_redis_url,
        )


def _stop_all(servers: dict[str, RunningServer]) -> None:
    """All are asked first, so that they leave side by side."""
    for running in servers.values():
        running.ask_to_stop()
    for running in servers.values():
        running.stop()
