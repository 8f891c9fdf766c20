"""A whole desk of its own for the harness: servers, processes and data in one folder, gone at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from domain.orders import EventId
from orders.client import OrderDesk
from orders.events import newest_event_id
from orders.gate import read_state
from runtime.child import Program
from runtime.connections import orders_redis, sqlalchemy_url
from runtime.embedded.kafka import KafkaServer
from runtime.embedded.postgres import FAST_SETTINGS, PostgresServer
from runtime.embedded.server import Server
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.procfile import Command
from runtime.run import ROOT, child_env, read_procfile
from runtime.settings import Settings
from tests.faults.members import DeskProgram, Member
from tests.support.settings import JWT_SECRET
from tests.support.waiting import eventually
from workers.journal_tables import read_offset

RELEASE_LIMIT_S = 60
OPEN_LIMIT_S = 30.0
# The harness asks often and gives up early; the desk's own processes have the defaults.
CLIENT_TIMEOUT_S = 1.0
# The deployment's only one.
SHARD = 0
# What faces the internet knows the order state's user of few rights only.
FACE_THE_INTERNET = {"web", "stream"}
# kill -9 of PostgreSQL loses nothing that was committed; only a power cut of its machine would.
KEEPS_COMMITS = FAST_SETTINGS | {"synchronous_commit": "on"}


class FaultDesk:
    """Every server and process by name, and the harness's own connections."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members: dict[str, Member] = {}
        self._secrets = folder / "secrets"
        self._ports: set[int] = set()
        self.orders_server = self.make_orders_server(folder / "orders")
        servers: list[Server] = [
            PostgresServer(
                folder=folder / "postgres", secrets=self._secrets, port=self.port(), settings=KEEPS_COMMITS
            ),
            ValkeyServer(
                "queues", folder=folder / "queues", secrets=self._secrets, port=self.port(), fsync="everysec"
            ),
            self.orders_server,
            KafkaServer(folder=folder / "kafka", port=self.port()),
        ]
        for server in servers:
            self._join(server)
        self.settings = self._settings({server.name: server.url for server in servers})
        self.order_state = self.connect(self.settings)
        self.client = OrderDesk(self.order_state, self.settings)
        # Connections of an earlier life of PostgreSQL are never used again.
        self.database = sa.create_engine(
            sqlalchemy_url(self.settings.database_url),
            poolclass=NullPool,
            connect_args={"connect_timeout": 3},
        )

    def start(self) -> None:
        """Starts all: servers, release commands, processes."""
        for member in self.members.values():
            member.server.prepare()
            member.start()
        for member in self.members.values():
            member.wait()
        procfile = read_procfile(self.settings)
        for command in procfile.release:
            program = self._program(command)
            subprocess.run(
                program.argv,
                cwd=program.cwd,
                env=dict(program.env),
                check=True,
                timeout=RELEASE_LIMIT_S,
                stdout=subprocess.DEVNULL,
            )
        processes = [self._join(self._desk_program(command)).start() for command in procfile.processes]
        for process in processes:
            process.wait()
        eventually(self._is_open, limit_s=OPEN_LIMIT_S, what="the order state to be open")

    def tend(self) -> None:
        """Brings back what ended by itself, as the supervisor does; to be called often."""
        for member in self.members.values():
            member.tend()

    def _is_open(self) -> bool:
        self.tend()
        return read_state(self.order_state, SHARD).open

    def newest_event(self) -> EventId:
        """The newest event of the order state. Raises redis' errors."""
        return newest_event_id(self.order_state, SHARD) or EventId(0, 0)

    def projected(self) -> EventId:
        """Up to where PostgreSQL has the events. Raises sqlalchemy's errors."""
        with self.database.connect() as connection:
            return read_offset(connection, SHARD)

    def make_orders_server(self, folder: Path) -> ValkeyServer:
        """A server with the order state's users, on a folder."""
        return ValkeyServer("orders", folder=folder, secrets=self._secrets, port=self.port(), fsync="always")

    def connect(self, settings: Settings) -> redis.Redis:
        """A connection to an order state."""
        return orders_redis(settings, name="faults")

    def port(self) -> int:
        """A free port."""
        self._ports.add(chosen := quiet_port(taken=self._ports))
        return chosen

    def close(self) -> None:
        """Ends everything: what is frozen is killed as well as what runs."""
        self.order_state.close()
        self.database.dispose()
        for member in reversed(self.members.values()):
            if member.running:
                member.thaw()
                member.take_down()

    def _join(self, server: Server) -> Member:
        member = self.members[server.name] = Member(server, self.folder / f"{server.name}.log")
        return member

    def _settings(self, urls: dict[str, str]) -> Settings:
        return Settings(
            _env_file=None,
            database_url=urls["postgres"],
            redis_url=urls["queues"],
            orders_redis_url=urls["orders"],
            orders_web_redis_url=self.orders_server.user_url("web"),
            kafka_brokers=urls["kafka"],
            jwt_secret=JWT_SECRET,
            market_feed="simulated",
            rate_limits_enabled=False,
            argon2_memory_kib=1024,
            argon2_passes=1,
            redis_timeout_s=CLIENT_TIMEOUT_S,
            web_port=self.port(),
            stream_port=self.port(),
            data_dir=self.folder,
            log_format="json",
            log_level="WARNING",
        )

    def _desk_program(self, command: Command) -> DeskProgram:
        ports = {"web": self.settings.web_port, "stream": self.settings.stream_port}
        return DeskProgram(command.name, self._program(command), ports.get(command.name, 0))

    def _program(self, command: Command) -> Program:
        settings = self.settings.for_web() if command.name in FACE_THE_INTERNET else self.settings
        return Program(
            name=command.name, argv=command.argv, env=environment(settings), cwd=ROOT, stop_limit_s=10.0
        )


def environment(settings: Settings) -> dict[str, str]:
    """What the desk's processes are told: these settings, nothing of a desk configured on this machine."""
    kept = {"redis_timeout_s", "jwt_secret"}
    told = settings.model_dump(mode="json", include=settings.model_fields_set - kept)
    inherited = {
        name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
    }
    ours = {name: value for name, value in child_env(settings).items() if name == "PATH"}
    return {
        **inherited,
        **ours,
        **{name.upper(): str(value) for name, value in told.items()},
        "JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def running_fault_desk() -> Iterator[FaultDesk]:
    """A desk that runs, on the main thread; ended and removed at the end, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="cfdesk-faults-"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        desk = FaultDesk(folder)
        stack.callback(desk.close)
        desk.start()
        yield desk
