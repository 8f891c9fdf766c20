"""`make run`: the whole desk on one machine, the servers that aren't given included.

Order: lock the data directory, start the servers, run the release commands, start the processes, say where
the desk is. Everything runs under one supervisor, so Ctrl-C at any moment stops what is there, in order.
"""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import SecretStr, ValidationError

from runtime.child import Program
from runtime.console import DESK, Console
from runtime.embedded.desk import EmbeddedServers
from runtime.embedded.server import CannotStartError, keep_secret
from runtime.folder import DataFolder, InUseError
from runtime.healthcheck import answers_health, reachable_host
from runtime.ports import NoFreePortError, choose_port
from runtime.procfile import Command, Procfile, ProcfileError, parse_procfile
from runtime.settings import Settings, get_settings
from runtime.supervisor import Stopping, Supervisor

ROOT = Path(__file__).resolve().parent.parent
SERVERS_LIMIT_S = 60.0
RELEASE_LIMIT_S = 120.0
HEALTH_LIMIT_S = 60.0

# Stopped first what lets new work in (requests, ticks, timers), then what hands it on, then what does it, and
# the servers last: the batcher waits until the worker has stored its last batch. The rest waits in Redis.
_STOP_STAGES = {"web": 0, "stream": 0, "poller": 0, "scheduler": 0, "batcher": 1, "journal": 1, "worker": 2}
_SERVERS_STAGE = 9
# Started before the others, which would compete with them for the cores: who opens the page sees prices at
# once, and what happens until the others run waits for them in Redis and Kafka.
_PRICE_PATH = {"web", "stream", "poller"}
# They face the internet, and aren't told the password of the order state's full user.
_FACE_THE_INTERNET = {"web", "stream"}


class DeskError(RuntimeError):
    """The desk can't run; the message says why."""


class Desk:
    """One run of the desk, from its settings to its last process."""

    def __init__(self, settings: Settings, folder: DataFolder, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._servers = EmbeddedServers(settings, folder.path, folder.secrets)
        self._settings = settings = self._complete(settings)
        self._env, self._web_env = child_env(settings), child_env(settings.for_web())
        self._procfile = read_procfile(settings)
        commands = (*self._procfile.release, *self._procfile.processes)
        servers = (server.name for server in self._servers.servers)
        console.align([DESK, *servers, *(command.name for command in commands)])
        for change in (*self._servers.moved, *self._moved):
            self._say(change)

    def run(self) -> None:
        """Runs until somebody asks for the stop. Raises DeskError or CannotStartError."""
        with Supervisor(self._console, inherit=(self._folder.lock,)) as supervisor:
            try:
                self._start_servers(supervisor)
                self._release(supervisor)
                self._start_processes(supervisor)
                supervisor.run()
            except Stopping:
                pass
            self._say("stopping")
        self._say("stopped")

    def _complete(self, settings: Settings) -> Settings:
        """The settings with what this run adds: servers, ports, a secret and the run's name."""
        web_port = choose_port(settings.web_port, host=settings.web_host)
        stream_port = choose_port(settings.stream_port, host=settings.web_host, taken=(web_port,))
        self._moved = [
            f"port {usual} is taken: {name} listens on {port} instead"
            for name, usual, port in (
                ("web", settings.web_port, web_port),
                ("stream", settings.stream_port, stream_port),
            )
            if usual != port
        ]
        own_pages = [f"http://{host}:{web_port}" for host in ("localhost", "127.0.0.1")]
        jwt_secret = settings.jwt_secret
        if not jwt_secret.get_secret_value():
            jwt_secret = SecretStr(keep_secret(self._folder.secrets, "jwt_secret"))
        started_at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return settings.model_copy(
            update={
                **self._servers.urls,
                "data_dir": self._folder.path,
                "run_id": settings.run_id or f"{started_at}-{secrets.token_hex(3)}",
                "web_port": web_port,
                "stream_port": stream_port,
                "cors_origins": tuple(dict.fromkeys((*settings.cors_origins, *own_pages))),
                "jwt_secret": jwt_secret,
            }
        )

    def _say(self, text: str) -> None:
        self._console.line(DESK, text)

    def _start_servers(self, supervisor: Supervisor) -> None:
        waiting = list(self._servers.servers)
        for server in waiting:
            server.prepare()
            supervisor.start(server.program(stop_stage=_SERVERS_STAGE))

        def ready() -> bool:
            waiting[:] = [server for server in waiting if not server.is_ready()]
            return not waiting

        if not supervisor.run_until(ready, limit_s=SERVERS_LIMIT_S):
            names = ", ".join(server.name for server in waiting)
            raise DeskError(f"{names} did not answer within {SERVERS_LIMIT_S:.0f} s; the lines above say why")

    def _release(self, supervisor: Supervisor) -> None:
        for command in self._procfile.release:
            supervisor.start(self._program(command, restart=False))
            has_ended = partial(self._has_ended, supervisor, command)
            if not supervisor.run_until(has_ended, limit_s=RELEASE_LIMIT_S):
                raise DeskError(f"`{' '.join(command.argv)}` did not end within {RELEASE_LIMIT_S:.0f} s")
            if code := supervisor.returncode(command.name):
                raise DeskError(
                    f"`{' '.join(command.argv)}` failed with code {code}; the lines above say why"
                )

    @staticmethod
    def _has_ended(supervisor: Supervisor, command: Command) -> bool:
        return supervisor.returncode(command.name) is not None

    def _start_processes(self, supervisor: Supervisor) -> None:
        commands = self._procfile.processes
        first = [command for command in commands if command.name in _PRICE_PATH]
        for command in first:
            supervisor.start(self._program(command))
        settings = self._settings
        host = reachable_host(settings.web_host)
        healthy = supervisor.run_until(
            lambda: answers_health(host, settings.web_port), limit_s=HEALTH_LIMIT_S
        )
        for command in commands:
            if command not in first:
                supervisor.start(self._program(command))
        if not healthy:
            # The supervisor goes on trying; whoever reads the log sees why.
            self._say(f"the web process did not answer within {HEALTH_LIMIT_S:.0f} s")
        shown = "localhost" if host == "127.0.0.1" else host
        addresses = {
            "page": f"http://{shown}:{settings.web_port}/",
            "API docs": f"http://{shown}:{settings.web_port}/api/v2/docs",
            "WebSocket": f"ws://{shown}:{settings.stream_port}",
            "data": str(self._folder.path),
        }
        self._folder.note({**addresses, "run": settings.run_id, **self._servers.addresses})
        self._console.block(address_block(addresses))

    def _program(self, command: Command, *, restart: bool = True) -> Program:
        return Program(
            name=command.name,
            argv=command.argv,
            env=self._web_env if command.name in _FACE_THE_INTERNET else self._env,
            cwd=ROOT,
            restart=restart,
            stop_stage=_STOP_STAGES.get(command.name, 0),
            # Half a second more than it takes by its own limit.
            stop_limit_s=self._settings.graceful_stop_s + 0.5,
        )


def read_procfile(settings: Settings) -> Procfile:
    """The Procfile of this checkout, filled from the settings. Raises ProcfileError."""
    values = {name.upper(): str(getattr(settings, name)) for name in Settings.model_fields}
    return parse_procfile((ROOT / "Procfile").read_text(), values)


def child_env(settings: Settings) -> dict[str, str]:
    """The environment of the desk's processes: ours, with what this run decided."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        # Python's own output, unbuffered, so that a line is seen when it is said.
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "ORDERS_REDIS_URL": settings.orders_redis_url,
        "ORDERS_WEB_REDIS_URL": settings.orders_web_redis_url,
        "KAFKA_BROKERS": settings.kafka_brokers,
        "DATA_DIR": str(settings.data_dir),
        "RUN_ID": settings.run_id,
        "WEB_PORT": str(settings.web_port),
        "STREAM_PORT": str(settings.stream_port),
        "CORS_ORIGINS": ",".join(settings.cors_origins),
        "JWT_SECRET": settings.jwt_secret.get_secret_value(),
    }


def address_block(addresses: Mapping[str, str]) -> str:
    """The addresses in a frame, to be found in a long log."""
    lines = [f"{name:<10} {address}" for name, address in addresses.items()]
    width = max(map(len, lines))
    rule = "-" * (width + 4)
    rows = [f"| {line:<{width}} |" for line in ["cfdesk is running (Ctrl-C stops it)".ljust(width), *lines]]
    return "\n".join(["", rule, *rows, rule, "", ""])


def main(_arguments: Sequence[str] = ()) -> int:
    """Runs the desk; 0 after a stop that was asked for, 1 when it can't run."""
    try:
        settings = get_settings()
    except ValidationError as error:
        reasons = "; ".join(str(detail["msg"]) for detail in error.errors())
        sys.stderr.write(f"cfdesk can't start: {reasons}\n")
        return 1
    console = Console(sys.stdout)
    try:
        folder = DataFolder(ROOT / settings.data_dir)
        Desk(settings, folder, console).run()
    except (InUseError, CannotStartError, ProcfileError, NoFreePortError, DeskError) as error:
        console.close()
        sys.stderr.write(f"cfdesk can't run: {error}\n")
        return 1
    console.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
