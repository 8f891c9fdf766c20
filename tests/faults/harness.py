"""One run: a desk under load, one fault after another, and then what became of what the clients were told."""

import random
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import uuid4

import orjson
import redis
import sqlalchemy.exc

from domain.orders import FIRST_EVENT_ID, EventId
from orders.client import OrderDesk
from tests.faults.channels import DirectChannel, HttpChannel
from tests.faults.customers import Crowd, Customer
from tests.faults.desk import FaultDesk, running_fault_desk
from tests.faults.log import ClientLog, Entry
from tests.faults.power import AppendOnlyFile, fsync_policy
from tests.faults.proof import journaled_events, ledger_sum, prove_books, recorded
from tests.faults.schedule import Fault
from tests.faults.verdict import Verdict, compare

Say = Callable[[str], None]
Strike = Callable[["Run", Fault], None]

ORDER_LIMIT_S = 30.0
CATCH_UP_LIMIT_S = 30.0
CALL_OFF_LIMIT_S = 60.0
STEP_S = 0.05
# What took longer is said at once.
SLOW_S = 2.0
PASSWORD = "a long enough password"
# What stands between the stream and PostgreSQL.
ON_THE_WAY = frozenset({"worker", "journal", "scheduler", "postgres", "queues"})


class NotRun(Exception):
    """A fault can't be made here; the message says why."""


@dataclass(frozen=True, slots=True)
class Load:
    """Who trades, and how fast: commands/s are about the number of customers over the pause."""

    direct: int = 4
    http: int = 2
    pace_s: float = 0.03


@dataclass
class Run:
    """What the faults work with, and what they find."""

    desk: FaultDesk
    log: ClientLog
    crowd: Crowd
    file: AppendOnlyFile
    policy: str
    chooser: random.Random
    say: Say
    faketime: Path | None
    kills: int = 0
    power_cuts: int = 0
    torn_bytes: int = 0
    restarts_ms: list[float] = field(default_factory=list)
    caught_up_s: list[float] = field(default_factory=list)
    # What must not happen, in sentences; and what could not be tried here.
    findings: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)

    def pause(self, seconds: float, *, tend: bool = True) -> None:
        """Lets so much time pass, the desk looked after unless a member is to stay down."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.crowd.check()
            if tend:
                self.desk.tend()
            self.log.wait_for_order(after=deadline, limit_s=min(left, STEP_S))

    def wait_for_order(self, after: float, what: str) -> float | None:
        """When an order that was sent after that moment is accepted; None, and a finding, if none is."""
        deadline = time.monotonic() + ORDER_LIMIT_S
        while not self.log.wait_for_order(after=after, limit_s=STEP_S):
            self.crowd.check()
            self.desk.tend()
            if time.monotonic() > deadline:
                self.findings.append(f"{what}: no order was accepted within {ORDER_LIMIT_S:g} s")
                return None
        return time.monotonic()

    def recovers(self, fault: Fault) -> None:
        """Waits until orders are accepted and, where that was in the way, PostgreSQL has what happened."""
        if fault.at_once:
            return
        self.wait_for_order(time.monotonic(), str(fault))
        if fault.victim in ON_THE_WAY:
            self.catches_up(str(fault))

    def catches_up(self, what: str) -> None:
        """Waits until PostgreSQL has all that the order state has now."""
        began, target = time.monotonic(), FIRST_EVENT_ID
        while time.monotonic() < began + CATCH_UP_LIMIT_S:
            self.desk.tend()
            try:
                target = self._target(target)
                if self.desk.projected() >= target:
                    self.caught_up_s.append(took_s := time.monotonic() - began)
                    if took_s > SLOW_S:
                        self.say(f"  PostgreSQL caught up after {took_s:.1f} s")
                    return
            except (redis.RedisError, sqlalchemy.exc.OperationalError):
                # Still on its way up.
                self.crowd.check()
            self.pause(STEP_S)
        self.findings.append(f"{what}: PostgreSQL did not catch up within {CATCH_UP_LIMIT_S:g} s")

    def _target(self, known: EventId) -> EventId:
        return known if known > FIRST_EVENT_ID else self.desk.newest_event()


@dataclass(frozen=True)
class Outcome:
    """A run's result."""

    figures: dict[str, str]
    findings: list[str]
    not_run: list[str]


def run_faults(
    faults: list[Fault],
    strikes: Callable[[Fault], Strike],
    *,
    seed: int,
    say: Say,
    load: Load | None = None,
    faketime: Path | None = None,
    logs: Path | None = None,
) -> Outcome:
    """Strikes a desk of its own with all the faults, on the main thread, and judges what is left.

    logs: a folder to leave the members' logs and the clients' in.
    """
    with running_fault_desk() as desk, loaded(desk, load or Load(), seed=seed) as (log, crowd, file):
        run = Run(
            desk=desk,
            log=log,
            crowd=crowd,
            file=file,
            policy=fsync_policy(desk.order_state),
            chooser=random.Random(seed),
            say=say,
            faketime=faketime,
        )
        run.wait_for_order(time.monotonic(), "the start")
        began = time.monotonic()
        for number, fault in enumerate(faults, start=1):
            say(f"{time.monotonic() - began:6.1f} s  {number}/{len(faults)}  {fault}")
            try:
                strikes(fault)(run, fault)
            except NotRun as why:
                say(f"  not run: {why}")
                run.not_run.append(fault.blow)
        try:
            run.pause(STEP_S)
            crowd.call_off(limit_s=CALL_OFF_LIMIT_S)
            # Triggers that fired while the books are compared would be in some of them only.
            desk.members["poller"].stop()
            run.catches_up("the end")
            return judge(run)
        finally:
            if logs is not None:
                leave_logs(run, logs)


def leave_logs(run: Run, folder: Path) -> None:
    """Copies what every member said, and writes down what every client sent and heard."""
    folder.mkdir(parents=True, exist_ok=True)
    for log in run.desk.folder.glob("*.log"):
        shutil.copy(log, folder)
    lines = [
        orjson.dumps(asdict(entry), default=repr, option=orjson.OPT_APPEND_NEWLINE)
        for entry in run.log.entries
    ]
    (folder / "clients.jsonl").write_bytes(b"".join(lines))


def judge(run: Run) -> Outcome:
    """Holds the clients' log against the books, and the books against each other."""
    verdict = compare(run.log.entries, recorded(journaled_events(run.desk)))
    findings = [*run.findings, *verdict.sentences, *prove_books(run.desk)]
    balance = ledger_sum(run.desk)
    if balance:
        findings.append(f"the ledger sums to {balance} cents")
    ended = {member.name: member.ended for member in run.desk.members.values() if member.ended}
    silences = run.log.silences
    findings += [f"{times} answers were {why}" for why, times in silences.items() if why.startswith("500")]
    run.say(f"ended by themselves: {ended or 'none'}; instead of answers: {dict(silences)}")
    return Outcome(figures_of(run, verdict, balance), findings, run.not_run)


def figures_of(run: Run, verdict: Verdict, balance: int) -> dict[str, str]:
    """The last line's figures, in its order."""
    restarts = run.restarts_ms or [0.0]
    return {
        "acked": str(verdict.acked),
        "acked_http": str(sum(_by_http(entry) for entry in run.log.entries)),
        "refused": str(verdict.refused),
        "unanswered": str(verdict.unanswered),
        "unanswered_done": str(verdict.found_unanswered),
        "acked_lost": str(len(verdict.lost) + len(verdict.torn)),
        "doubled": str(len(verdict.doubled)),
        "refused_done": str(len(verdict.unasked)),
        "kills": str(run.kills),
        "power_cuts": str(run.power_cuts),
        "torn_bytes": str(run.torn_bytes),
        "restart_ms_median": f"{statistics.median(restarts):.0f}",
        "restart_ms_max": f"{max(restarts):.0f}",
        "caught_up_s_max": f"{max(run.caught_up_s, default=0.0):.1f}",
        "ledger_sum": str(balance),
        "not_run": ",".join(sorted(set(run.not_run))) or "none",
    }


def _by_http(entry: Entry) -> bool:
    return entry.accepted is not None and entry.command.request_id.startswith(HttpChannel.prefix)


@contextmanager
def loaded(desk: FaultDesk, load: Load, *, seed: int) -> Iterator[tuple[ClientLog, Crowd, AppendOnlyFile]]:
    """The desk with customers at work and the order state's file watched."""
    log, crowd = ClientLog(), Crowd()
    file = AppendOnlyFile(desk.folder / "orders" / "appendonlydir")
    with ExitStack() as stack:
        file.watch()
        stack.callback(file.close)
        stack.callback(crowd.dismiss)
        for number in range(load.direct):
            crowd.send_in(_direct_customer(desk, log, load, f"{seed} direct {number}"))
        for number in range(load.http):
            crowd.send_in(_http_customer(desk, log, load, f"{seed} http {number}"))
        yield log, crowd, file


def _direct_customer(desk: FaultDesk, log: ClientLog, load: Load, seed: str) -> Customer:
    client, user_id = OrderDesk(desk.connect(desk.settings), desk.settings), str(uuid4())
    client.open_account(user_id, desk.settings.start_balance_cents)
    return Customer(DirectChannel(client), user_id, log, seed=seed, pace_s=load.pace_s, deposits=True)


def _http_customer(desk: FaultDesk, log: ClientLog, load: Load, seed: str) -> Customer:
    port = desk.settings.web_port
    credentials = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    session = HttpChannel(port).call("POST", "/user/signup", credentials)
    channel = HttpChannel(port, session["token"])
    return Customer(channel, session["userId"], log, seed=seed, pace_s=load.pace_s, deposits=False)
