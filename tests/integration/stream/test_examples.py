"""The programs of docs/examples, started as their readers start them."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import redis
import sqlalchemy as sa
from websockets.sync.server import ServerConnection, serve

from accounts.audit import Visitor
from accounts.sessions import Sessions
from orders.client import OrderDesk
from runtime.settings import Settings
from tests.support.back_office import ROOT, DeskProcess
from tests.support.relay import HOST, Relay, running_relay
from tests.support.services import Services
from tests.support.tokens import make_token
from tests.support.trading import Market, Trader, request
from tests.support.waiting import eventually

EXAMPLES = ROOT / "docs" / "examples"
PACKAGES = ROOT / "frontend" / "node_modules"
NODE = shutil.which("node")
PRICE = re.compile(r"^BTC (\S+) \S+, (-?\d+\.\d) ms old, (-?\d+\.\d) ms at the desk$", re.MULTILINE)
ORDER = re.compile(r"^#(\d+) (\w+): balance (\d+\.\d\d) USD, (\d+) open$", re.MULTILINE)
# It starts, it comes back after a pause, it looks at its key again: seconds each, on a busy machine.
LIMIT_S = 30.0
AHEAD_MS = 3_600_000
VISITOR = Visitor("127.0.0.1", "tests")


def lacking() -> str:
    """What of JavaScript this machine lacks; empty when nothing."""
    if NODE is None:
        return "node is not installed on this machine"
    if (PACKAGES / "ws").is_dir():
        return ""
    own = subprocess.run([NODE, "--eval", "process.exit(globalThis.WebSocket ? 0 : 1)"], timeout=LIMIT_S)
    return "this Node has no WebSocket, and `npm ci` was not run in frontend/" if own.returncode else ""


class Program:
    """An example, and what it says."""

    def __init__(self, language: str, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "key.txt"
        if language == "Python":
            self._argv = [sys.executable, str(EXAMPLES / "stream.py")]
            return
        # Where its reader puts it: beside the packages that were installed for it.
        shutil.copy(EXAMPLES / "stream.mjs", folder)
        (folder / "node_modules").symlink_to(PACKAGES)
        self._argv = [str(NODE), str(folder / "stream.mjs")]

    @contextmanager
    def running(self, *words: str) -> Iterator[DeskProcess]:
        """Started with these arguments, and killed at the end."""
        process = DeskProcess([*self._argv, *words], {"PATH": os.environ["PATH"]}, self.folder / "said.txt")
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(params=["Python", "JavaScript"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """Each of the examples; of one that can't run here tests are skipped."""
    if request.param == "JavaScript" and (why := lacking()):
        pytest.skip(why)
    return Program(request.param, tmp_path)


def says(process: DeskProcess, text: str, *, times: int = 1) -> None:
    """Waits until it has said that so many times."""

    def has_said() -> bool:
        assert process.running, process.output
        return process.output.count(text) >= times

    eventually(has_said, limit_s=LIMIT_S, what=f"{text!r} {times} times")


def trade_now(market: Market, price: str) -> None:
    """A trade at this price, of now: prices get old."""
    market.trades_at(price, time_ms=time.time_ns() // 1_000_000)


def says_price(process: DeskProcess, market: Market, price: str, shown: str) -> None:
    """Waits until it has said what a trade at this price makes the bid; it may not listen yet, so again."""

    def has_said() -> bool:
        trade_now(market, price)
        return any(found[1] == shown for found in PRICE.finditer(process.output))

    eventually(has_said, limit_s=LIMIT_S, what=f"a price of {shown}")


def test_it_goes_on_without_a_hole_when_the_relay_is_killed(
    program: Program, migrated: Services, desk: OrderDesk, tmp_path: Path
) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    with running_relay(migrated, tmp_path) as relay:
        program.key.write_text(relay.token_of(trader.user_id) + "\n")
        with program.running(relay.url, str(program.key)) as process:
            says(process, "nothing is missing up to #1")
            says_price(process, market, "64510", "64503.5490")
            trader.buys(10_000, 10)
            says(process, "#2 ORDER_OPENED: balance 4899.50 USD, 1 open")

            relay.kill_workers()
            desk.deposit(trader.user_id, request(), 100_00)
            trade_now(market, "64510")
            trader.sells(10_000, 10)
            says(process, "nothing is missing up to #4")

            desk.deposit(trader.user_id, request(), 100_00)
            says(process, "#5 BALANCE")
            says_price(process, market, "64520", "64513.5480")

    assert ORDER.findall(process.output) == [
        ("1", "BALANCE", "5000.00", "0"),
        ("2", "ORDER_OPENED", "4899.50", "1"),
        ("3", "BALANCE", "4999.50", "1"),
        ("4", "ORDER_OPENED", "4899.00", "2"),
        ("5", "BALANCE", "4999.00", "2"),
    ]
    assert "cut off" in process.output


def test_a_newer_token_takes_the_place_of_the_one_before_on_the_same_connection(
    program: Program,
    relay: Relay,
    desk: OrderDesk,
    database: sa.Engine,
    queues: redis.Redis,
    settings: Settings,
) -> None:
    trader = Trader.with_balance(desk)
    sessions = Sessions(database, queues, settings)
    before, after = relay.session_of(trader.user_id), relay.session_of(trader.user_id)
    program.key.write_text(make_token(trader.user_id, sid=before))
    with program.running(relay.url, str(program.key)) as process:
        says(process, "nothing is missing up to #1")

        program.key.write_text(make_token(trader.user_id, sid=after))
        says(process, "signed in as", times=2)
        sessions.sign_out(before, VISITOR)
        desk.deposit(trader.user_id, request(), 1)
        says(process, "#2 BALANCE")
        assert "cut off" not in process.output

        sessions.sign_out(after, VISITOR)
        says(process, "cut off (1008 the session has ended)")


def test_without_a_token_there_are_prices(program: Program, relay: Relay, desk: OrderDesk) -> None:
    with program.running(relay.url) as process:
        says_price(process, Market(desk), "64530", "64523.5470")

    assert "#" not in process.output
    assert "signed in" not in process.output


def test_a_token_that_is_wrong_leaves_the_prices(program: Program, relay: Relay, desk: OrderDesk) -> None:
    program.key.write_text("cfd_nobodys")
    with program.running(relay.url, str(program.key)) as process:
        says(process, "The key is not valid, or not from this address")

        says_price(process, Market(desk), "64540", "64533.5460")


def test_a_file_that_is_not_there_is_said_at_once(program: Program) -> None:
    with program.running(f"ws://{HOST}:1", "nowhere.txt") as process:
        eventually(lambda: not process.running, limit_s=LIMIT_S, what="the program to end")

    assert "nowhere.txt" in process.output


def test_a_desk_that_is_away_is_tried_again(program: Program, relay: Relay) -> None:
    with program.running(f"ws://{HOST}:1") as process:
        says(process, "cut off", times=3)


@contextmanager
def desk_ahead() -> Iterator[str]:
    """Where a server answers pings and tells prices of its now, by a clock that is an hour ahead."""

    def now_ms() -> float:
        return time.time() * 1000 + AHEAD_MS

    def answer(connection: ServerConnection) -> None:
        for text in connection:
            message = orjson.loads(text)
            if message["type"] == "PING":
                pong = {"type": "PONG", "sentAt": message["sentAt"], "time": now_ms()}
                times = {"eventTime": int(now_ms()), "receivedTime": now_ms()}
                prices = {"symbol": "BTC", "bidPrice": 644_936_700, "askPrice": 645_065_700, "decimals": 4}
                for told in (pong, {"type": "PRICE_UPDATE", "data": prices | times}):
                    connection.send(orjson.dumps(told).decode())

    with serve(answer, HOST, 0) as server:
        thread = threading.Thread(target=server.serve_forever, name="desk ahead")
        thread.start()
        try:
            yield f"ws://{HOST}:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_ages_are_by_the_desks_clock(program: Program) -> None:
    with desk_ahead() as url, program.running(url) as process:
        found = eventually(lambda: PRICE.search(process.output), limit_s=LIMIT_S, what="a price")

    assert found is not None
    for age_ms in found[2], found[3]:
        # By its own clock it would be an hour.
        assert abs(float(age_ms)) < AHEAD_MS / 2
