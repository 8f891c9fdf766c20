"""`python -m runtime.run`: the real desk, started, started twice, killed, started again, stopped."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.child import signal_group
from runtime.healthcheck import answers_health
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
START_LIMIT_S = 60.0
BLOCK = "cfdesk is running"


def children_of(process: int) -> set[int]:
    """All processes below one, its grandchildren included."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found: set[int] = set()
    fresh = {process}
    while fresh := {child for child, parent in parents.items() if parent in fresh} - found:
        found |= fresh
    return found


class Runs:
    """Starts of the desk on one data directory, each with its own log."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.web_port = quiet_port()
        self._folder = folder
        self._env = {
            name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
        } | {
            "DATA_DIR": str(self.data),
            "WEB_PORT": str(self.web_port),
            "STREAM_PORT": str(quiet_port(taken=(self.web_port,))),
            "MARKET_FEED": "simulated",
        }
        self.started: list[tuple[subprocess.Popen[bytes], Path]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """One more start."""
        log = self._folder / f"log.{len(self.started)}"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "runtime.run"],
                cwd=ROOT,
                env=self._env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append((process, log))
        return process

    def log(self) -> str:
        """What the last start wrote."""
        return self.started[-1][1].read_text(errors="replace")

    def wait_until_running(self) -> None:
        """Waits for the block of addresses."""
        eventually(lambda: BLOCK in self.log(), limit_s=START_LIMIT_S, what=f"the desk runs:\n{self.log()}")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Starts of the desk, of which none is left."""
    runs = Runs(tmp_path)
    yield runs
    for process, _ in runs.started:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                signal_group(process.pid, signal.SIGKILL)
                process.wait()


def postmaster(pid_file: Path) -> int | None:
    """PostgreSQL's main process by its own note; None while that is being written or away."""
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return None


def test_the_desk_starts_once_survives_kill_9_and_stops_cleanly(runs: Runs) -> None:
    first = runs.start()
    runs.wait_until_running()
    assert answers_health("127.0.0.1", runs.web_port, timeout_s=5)
    addresses = json.loads((runs.data / "addresses.json").read_text())
    password = (runs.data / "secrets" / "postgres_password").read_text().strip()
    assert password not in json.dumps(addresses)
    assert password not in runs.log()

    # A second start on the same data says so and goes.
    second = runs.start()
    assert second.wait(20) == 1
    assert re.search(rf"already runs .*process {first.pid}", runs.log())

    # A killed server comes back on its port with its data.
    def url() -> str:
        # Another start may find another port free, where more than one desk runs on a machine.
        address = json.loads((runs.data / "addresses.json").read_text())["postgres"]
        return f"postgresql://cfdesk:{password}@{address}/cfdesk"

    with psycopg.connect(url()) as connection:
        connection.execute("CREATE TABLE kept (value int)")
    pid_file = runs.data / "postgres" / "postmaster.pid"
    killed = int(pid_file.read_text().split()[0])
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: postmaster(pid_file) not in {None, killed})

    def tables() -> int:
        try:
            with psycopg.connect(url()) as connection:
                return len(connection.execute("SELECT FROM pg_tables WHERE tablename = 'kept'").fetchall())
        except psycopg.OperationalError:
            return 0

    eventually(tables, limit_s=20, what="PostgreSQL is back with its tables")

    # Killed itself, it leaves no process, and a start at once waits for what is still ending.
    everything = children_of(first.pid)
    assert len(everything) > 10
    first.kill()
    first.wait()
    third = runs.start()
    eventually(
        lambda: not any(Path(f"/proc/{process}/exe").exists() for process in everything),
        limit_s=10,
        what="all that a killed desk left behind is gone",
    )
    runs.wait_until_running()
    assert eventually(tables)
    assert json.loads((runs.data / "addresses.json").read_text())["page"] == addresses["page"]

    everything = children_of(third.pid)
    third.send_signal(signal.SIGINT)
    assert third.wait(30) == 0
    assert not any(Path(f"/proc/{process}/exe").exists() for process in everything)
    assert runs.log().rstrip().endswith("stopped")
