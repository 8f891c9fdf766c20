"""The desk's background processes on the session's servers, for one test."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
import sqlalchemy as sa
from dramatiq.brokers.redis import RedisBroker

from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.waiting import LIMIT_S

ROOT = Path(__file__).resolve().parents[2]


class DeskProcess:
    """A process of the desk, with all that it starts."""

    def __init__(self, argv: list[str], env: dict[str, str], log: Path) -> None:
        self._log = log
        self._asked = False
        with log.open("ab") as output:
            # Not in the checkout: a developer's .env must not reach the tests.
            self._process = subprocess.Popen(
                argv, env=env, cwd=log.parent, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """kill -9 of it and its children."""
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> None:
        """SIGTERM; `stop` then waits for the end."""
        self._asked = True
        self._process.terminate()

    def stop(self, limit_s: float = LIMIT_S) -> int:
        """SIGTERM, once; returns the exit code, fails when it takes longer than `limit_s`."""
        if self.running and not self._asked:
            self.terminate()
        return self._process.wait(limit_s)


@dataclass
class BackOffice:
    """What a test works with: servers that hold nothing, and whatever processes it starts."""

    settings: Settings
    database: sa.Engine
    order_state: redis.Redis
    broker: RedisBroker
    folder: Path
    _processes: list[DeskProcess] = field(default_factory=list)

    @property
    def desk(self) -> OrderDesk:
        """A client of the order state, its library loaded."""
        return OrderDesk(self.order_state, self.settings)

    def start(self, module: str, **changed: Any) -> DeskProcess:
        """`python -m module`, with settings changed for it alone."""
        return self._start([sys.executable, "-m", module], module, changed)

    def start_worker(self, **changed: Any) -> DeskProcess:
        """The Dramatiq workers, as the Procfile runs them."""
        argv = [sys.executable, "-m", "dramatiq", "workers.main", "--processes", "1", "--threads", "4"]
        argv += ["--worker-shutdown-timeout", "3000"]
        return self._start(argv, "worker", changed)

    def start_relay(self, port: int, **changed: Any) -> DeskProcess:
        """The relay, as the Procfile runs it."""
        argv = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "runtime" / "gunicorn_conf.py")]
        argv += ["app:create_stream_app()"]
        return self._start(argv, "stream", {"process": "stream", "stream_port": port} | changed)

    def run_flask(
        self, *words: str, limit_s: float = 60.0, **changed: Any
    ) -> "subprocess.CompletedProcess[str]":
        """`flask WORDS`, as an operator types it; returns when it has ended."""
        argv = [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), *words]
        env = self.environment(**changed)
        return subprocess.run(
            argv, env=env, cwd=self.folder, capture_output=True, text=True, timeout=limit_s, check=False
        )

    def count(self, table: type[Any]) -> int:
        """Rows of a table."""
        with self.database.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def close(self) -> None:
        """Ends every process of the test."""
        for process in self._processes:
            process.kill()
        self.broker.client.close()

    def environment(self, **changed: Any) -> dict[str, str]:
        """What a process is told: the settings, changed for it alone."""
        values = self.settings.model_dump(mode="json", include=self.settings.model_fields_set)
        env = {setting.upper(): str(value) for setting, value in (values | changed).items()}
        # A dump hides secrets.
        env["JWT_SECRET"] = self.settings.jwt_secret.get_secret_value()
        return env | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def _start(self, argv: list[str], name: str, changed: dict[str, Any]) -> DeskProcess:
        process = DeskProcess(
            argv, self.environment(**changed), self.folder / f"{name}-{len(self._processes)}.log"
        )
        self._processes.append(process)
        return process


def keep_commits(database: sa.Engine) -> None:
    """Makes commits survive a kill of PostgreSQL, as in production; the tests' server is faster than that.

    For connections that are made afterwards.
    """
    with database.begin() as connection:
        name = connection.scalar(sa.func.current_database())
        connection.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = on"))
    database.dispose()
