"""A power cut of the order state's server: what was fsynced stays, of the rest a piece, perhaps zeros.

With `appendfsync always` an answer follows its fsync, so all that anybody was told is in the file when the
server stops. What may be torn is the write after that: commands that were being done, unheard. To have one,
the commands that clients wait for at that moment are done on a copy, and what that wrote is added in part.
With a laxer setting the file is cut back to what the setting promises.
"""

import random
import shutil
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import redis

from domain.messages import Tick
from domain.orders import FIRST_EVENT_ID, Quote
from orders.client import OrderDesk
from orders.gate import open_shard, read_state
from tests.faults.channels import Closed, Denied, DirectChannel, NoAnswer, NotNow
from tests.faults.desk import SHARD, FaultDesk
from tests.faults.log import Command
from tests.faults.members import Member
from tests.support.services import RunningServer

SAMPLE_S = 0.05
# How old what was fsynced last may be, by the server's setting; of `no` the kernel's write-back decides.
UNSYNCED_S = {"always": 0.0, "everysec": 2.0, "no": 30.0}
ZEROS_MAX = 4096
# Nobody's lease is newer: the copy takes these ticks.
TOKEN_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut did to the file, in bytes. lost: of what was written; torn: added of what was not."""

    lost: int
    torn: int
    zeros: int


class AppendOnlyFile:
    """The newest part of a server's append-only file, and how it grew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # (time, path, size); enough for the laxest setting.
        self._sizes: deque[tuple[float, Path, int]] = deque(
            maxlen=int(2 * max(UNSYNCED_S.values()) / SAMPLE_S)
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def path(self) -> Path:
        """The file that is written to: a rewrite begins another, with a higher number."""
        return max(
            self.folder.glob("appendonly.aof.*.incr.aof"), key=lambda path: int(path.name.split(".")[2])
        )

    def watch(self) -> "AppendOnlyFile":
        """Begins to note its size."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends that."""
        self._stop.set()
        self._thread.join()

    def size_before(self, seconds: float) -> int:
        """Its size so long ago, or the oldest that is known."""
        path, known = self.path, list(self._sizes)
        sizes = [(at, size) for at, of, size in known if of == path]
        old = [size for at, size in sizes if at <= time.monotonic() - seconds]
        return old[-1] if old else (sizes[0][1] if sizes else 0)

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            # A rewrite may be replacing it.
            with suppress(OSError, ValueError):
                path = self.path
                self._sizes.append((time.monotonic(), path, path.stat().st_size))


def cut_power(
    member: Member,
    file: AppendOnlyFile,
    chooser: random.Random,
    *,
    policy: str,
    unheard: bytes = b"",
    zeros: bool = False,
) -> Cut:
    """Kills the frozen server and leaves of its file what a power cut leaves; it stays down.

    policy: its appendfsync; unheard: bytes that it might have written next; zeros: the file system had made
    room for more than it wrote.
    """
    size = file.path.stat().st_size
    kept = size if policy == "always" else min(size, file.size_before(UNSYNCED_S[policy]))
    member.take_down()
    torn = unheard[: chooser.randint(0, len(unheard))] if kept == size else b""
    padding = b"\0" * chooser.randint(1, ZEROS_MAX) if zeros else b""
    with file.path.open("r+b") as writable:
        writable.truncate(kept)
        writable.seek(kept)
        writable.write(torn + padding)
    return Cut(lost=size - kept, torn=len(torn), zeros=len(padding))


def do_on_a_copy(desk: FaultDesk, commands: list[Command], quotes: dict[str, Quote]) -> bytes:
    """What the frozen server would append for these commands, at these prices."""
    source = AppendOnlyFile(desk.folder / "orders" / "appendonlydir").path
    copy = desk.folder / "copy"
    server = desk.make_orders_server(copy)
    server.prepare()
    shutil.copytree(source.parent, copy / source.parent.name)
    running = RunningServer(server, desk.folder / "copy.log").start().wait()
    try:
        settings = desk.settings.model_copy(update={"orders_redis_url": server.url})
        client = desk.connect(settings)
        _open(client)
        trader = OrderDesk(client, settings)
        _move_prices(trader, quotes)
        # What it took to make the copy trade is not what the server would have written.
        written = (copy / source.parent.name / source.name).stat().st_size
        _do(trader, commands)
        client.close()
    finally:
        running.kill()
    data = (copy / source.parent.name / source.name).read_bytes()[written:]
    shutil.rmtree(copy)
    return data


def _open(order_state: redis.Redis) -> None:
    """Lets the copy trade; PostgreSQL knows nothing of it."""
    epoch = read_state(order_state, SHARD).epoch
    assert epoch is not None, "the copy is of an order state that was never opened"
    open_shard(order_state, SHARD, epoch=epoch, journaled=FIRST_EVENT_ID)


def _move_prices(desk: OrderDesk, quotes: dict[str, Quote]) -> None:
    for quote in quotes.values():
        desk.apply_tick(
            Tick(
                symbol=quote.symbol,
                trade_id=quote.trade_id + 1,
                price=quote.price,
                quantity=1,
                event_time_ms=quote.event_time_ms,
                buyer_is_maker=False,
                received_time_us=quote.event_time_ms * 1000,
                source=quote.source,
            ),
            token=TOKEN_MAX,
        )


def _do(desk: OrderDesk, commands: list[Command]) -> None:
    channel = DirectChannel(desk)
    for command in commands:
        # A refusal is remembered by its request id, so it is written too.
        with suppress(NoAnswer, NotNow, Closed, Denied):
            channel.send(command)


def fsync_policy(order_state: redis.Redis) -> str:
    """The server's appendfsync."""
    return cast(dict[str, str], order_state.config_get("appendfsync"))["appendfsync"]
