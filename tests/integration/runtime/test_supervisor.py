"""The supervisor under fire: children killed, the stop, and the supervisor itself killed.

The programs are tiny, the processes real; `tests.support.supervised` runs them.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]

# Writes its own number to FILE.N, N counting its starts, when it is ready for SIGTERM.
STAYS = """
import os, pathlib, signal, sys
base = pathlib.Path(sys.argv[1])
number = len(list(base.parent.glob(base.name + ".*")))
signal.signal(signal.SIGTERM, lambda *_: (print("leaving", base.name, flush=True), sys.exit(0)))
print("started", base.name, flush=True)
base.with_name(f"{base.name}.{number}").write_text(str(os.getpid()))
while True:
    signal.pause()
"""

# As STAYS, with a worker forked first that holds the port given, as gunicorn's and Dramatiq's do.
FORKS = """
import os, pathlib, signal, socket, sys
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[2])))
server.listen()
base = pathlib.Path(sys.argv[1])
number = len(list(base.parent.glob(base.name + ".[0-9]")))
if (worker := os.fork()) == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "own-session" in sys.argv:
        os.setsid()
    while True:
        signal.pause()
base.with_name(f"{base.name}.worker{number}").write_text(str(worker))
base.with_name(f"{base.name}.{number}").write_text(str(os.getpid()))
signal.pause()
"""

DEAF = """
import os, pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1] + ".0").write_text(str(os.getpid()))
while True:
    signal.pause()
"""


def alive(process: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be reaped doesn't."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class Desk:
    """A supervisor in a process of its own, with its log and its programs' numbers."""

    def __init__(self, folder: Path, programs: list[dict[str, object]]) -> None:
        self.folder = folder
        self.log = folder / "log"
        file = folder / "programs.json"
        file.write_text(json.dumps(programs))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.supervised", str(file)],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def number(self, name: str, start: int = 0) -> int:
        """The process number of a program's n-th start, waited for."""
        file = self.folder / f"{name}.{start}"
        return int(eventually(lambda: file.exists() and file.read_text(), what=f"{file.name} is written"))

    def worker(self, name: str, start: int = 0) -> int:
        """The process number of what the program forked."""
        file = self.folder / f"{name}.worker{start}"
        return int(eventually(lambda: file.exists() and file.read_text(), what=f"{file.name} is written"))

    def says(self, text: str) -> str:
        """The log, once it holds the text."""
        eventually(lambda: text in self.log.read_text(), what=f"{text!r} in the log")
        return self.log.read_text()


StartDesk = Callable[..., Desk]


@pytest.fixture
def start_desk(tmp_path: Path) -> Iterator[StartDesk]:
    """Starts desks and, whatever happens, leaves none."""
    desks: list[Desk] = []

    def start(*programs: dict[str, object]) -> Desk:
        desks.append(Desk(tmp_path, list(programs)))
        return desks[-1]

    yield start
    for desk in desks:
        if desk.process.poll() is None:
            desk.process.terminate()
            desk.process.wait(20)


def stays(folder: Path, name: str, **more: object) -> dict[str, object]:
    """A program that stays until it is told to leave."""
    return {"name": name, "argv": [sys.executable, "-c", STAYS, str(folder / name)], **more}


def forks(folder: Path, name: str, port: int, *words: str) -> dict[str, object]:
    """A program whose forked worker ignores SIGTERM and holds a port."""
    return {"name": name, "argv": [sys.executable, "-c", FORKS, str(folder / name), str(port), *words]}


def test_a_killed_process_starts_again_and_says_so(start_desk: StartDesk, tmp_path: Path) -> None:
    desk = start_desk(stays(tmp_path, "a"), stays(tmp_path, "b"))
    first, other = desk.number("a"), desk.number("b")

    os.kill(first, signal.SIGKILL)

    assert desk.number("a", 1) != first
    assert "a was ended by SIGKILL" in desk.says("it starts again in 0.2 s")
    assert alive(other)


def test_a_program_that_cannot_be_started_is_tried_again(start_desk: StartDesk) -> None:
    desk = start_desk({"name": "a", "argv": ["no-such-program"]})
    log = desk.says("it starts again in 0.8 s")
    assert "cannot start no-such-program" in log
    assert "a ended with code 127" in log


@pytest.mark.parametrize("words", [(), ("own-session",)], ids=["in its group", "in its own session"])
def test_what_a_killed_process_forked_is_gone_before_it_starts_again(
    start_desk: StartDesk, tmp_path: Path, free_port: int, words: tuple[str, ...]
) -> None:
    desk = start_desk(forks(tmp_path, "a", free_port, *words))
    first, worker = desk.number("a"), desk.worker("a")

    os.kill(first, signal.SIGKILL)

    # It could not listen on its port again while the old worker held it.
    desk.number("a", 1)
    assert not alive(worker)
    assert "it starts again in 0.4 s" not in desk.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_stop_goes_stage_by_stage(start_desk: StartDesk, tmp_path: Path, number: int) -> None:
    desk = start_desk(
        stays(tmp_path, "server", stop_stage=2),
        stays(tmp_path, "worker", stop_stage=1),
        stays(tmp_path, "web", stop_stage=0),
    )
    running = [desk.number(name) for name in ("server", "worker", "web")]

    desk.process.send_signal(number)

    assert desk.process.wait(10) == 0
    log = desk.log.read_text()
    places = [log.index(f"leaving {name}") for name in ("web", "worker", "server")]
    assert places == sorted(places)
    assert not any(map(alive, running))


def test_what_does_not_stop_in_time_is_killed(start_desk: StartDesk, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", DEAF, str(tmp_path / "deaf")]
    desk = start_desk({"name": "deaf", "argv": argv, "stop_limit_s": 0.3})
    deaf = desk.number("deaf")

    desk.process.terminate()

    assert desk.process.wait(10) == 0
    assert "deaf did not stop in time" in desk.log.read_text()
    assert not alive(deaf)


def test_a_second_request_hastens_the_stop(start_desk: StartDesk, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", DEAF, str(tmp_path / "deaf")]
    desk = start_desk({"name": "deaf", "argv": argv, "stop_limit_s": 60}, stays(tmp_path, "a"))
    deaf, polite = desk.number("deaf"), desk.number("a")

    desk.process.terminate()
    desk.says("leaving a")
    eventually(lambda: not alive(polite))
    assert alive(deaf)
    desk.process.terminate()

    assert desk.process.wait(10) == 0
    assert not alive(deaf)


def test_a_killed_supervisor_leaves_nothing(start_desk: StartDesk, tmp_path: Path, free_port: int) -> None:
    argv = [sys.executable, "-c", DEAF, str(tmp_path / "deaf")]
    desk = start_desk(stays(tmp_path, "a"), forks(tmp_path, "b", free_port), {"name": "deaf", "argv": argv})
    left = [desk.number("a"), desk.number("b"), desk.worker("b"), desk.number("deaf")]
    assert all(map(alive, left))

    desk.process.kill()
    desk.process.wait(10)

    eventually(lambda: not any(map(alive, left)), what="all are gone")


def test_a_killed_keeper_is_replaced_by_one_that_knows_all(
    start_desk: StartDesk, tmp_path: Path, free_port: int
) -> None:
    desk = start_desk(forks(tmp_path, "a", free_port))
    left = [desk.number("a"), desk.worker("a")]
    children = Path(f"/proc/{desk.process.pid}/task/{desk.process.pid}/children")
    (keeper,) = [int(word) for word in children.read_text().split() if int(word) != left[0]]

    os.kill(keeper, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{keeper}").exists() and len(children.read_text().split()) == 2)
    desk.process.kill()
    desk.process.wait(10)

    eventually(lambda: not any(map(alive, left)), what="all are gone")


def test_output_of_all_is_one_log_and_floods_block_nobody(start_desk: StartDesk, tmp_path: Path) -> None:
    flood = "print('x' * 100, flush=True)\n" * 2 + "import os\nwhile True: os.write(1, b'y' * 99 + b'\\n')"
    desk = start_desk({"name": "flood", "argv": [sys.executable, "-c", flood]}, stays(tmp_path, "quiet"))
    log = desk.says("started quiet")
    assert "flood | yyy" in desk.says("flood | y")
    assert all(line.startswith(("flood | ", "quiet | ", "desk | ")) for line in log.splitlines()[:-1])


def test_a_ctrl_c_of_the_terminal_reaches_no_child_directly(start_desk: StartDesk, tmp_path: Path) -> None:
    desk = start_desk(stays(tmp_path, "a"))
    child = desk.number("a")
    assert os.getsid(child) == child
    assert os.getpgid(child) == child
