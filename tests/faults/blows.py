"""What each kind of fault does; the table at the end names them all."""

import resource
import time
from collections.abc import Callable

import redis

from tests.faults.channels import DirectChannel
from tests.faults.clock import ClockedServer
from tests.faults.harness import SLOW_S, NotRun, Run
from tests.faults.power import cut_power, do_on_a_copy
from tests.faults.schedule import Blow, Fault

# Room left on the full disk: enough to open the file, not for a command.
ROOM_BYTES = 40
EXIT_LIMIT_S = 10.0
JUMP_S = 3600
IN_FLIGHT_S = 0.15


def kill(run: Run, fault: Fault) -> None:
    """kill -9; back at once, as under the supervisor."""
    member = run.desk.members[fault.victim]
    began = time.monotonic()
    member.take_down()
    run.kills += 1
    member.start()
    if fault.victim != "orders":
        run.recovers(fault)
        return
    if (heard := run.wait_for_order(began, str(fault))) is not None:
        run.restarts_ms.append(took_ms := (heard - began) * 1000)
        if took_ms > SLOW_S * 1000:
            run.say(f"  an order was accepted after {took_ms:.0f} ms")


def kill_all(run: Run, fault: Fault) -> None:
    """kill -9 of every process and server at once, as when the machine itself goes; then all are started."""
    members = list(run.desk.members.values())
    for member in members:
        member.take_down()
    run.kills += len(members)
    for member in members:
        member.start()
    run.recovers(fault)
    run.catches_up(str(fault))


def freeze(run: Run, fault: Fault) -> None:
    """SIGSTOP of it and its children, then SIGCONT."""
    member = run.desk.members[fault.victim]
    member.freeze()
    run.pause(fault.seconds)
    member.thaw()
    run.recovers(fault)


def stop(run: Run, fault: Fault) -> None:
    """A clean stop, and a start after a while. The embedded broker comes back with nothing."""
    member = run.desk.members[fault.victim]
    member.stop()
    run.pause(fault.seconds)
    member.start()
    run.recovers(fault)


def power_cut(run: Run, fault: Fault) -> None:
    """The machine of the order state loses power; every other time its file ends in zeros afterwards."""
    member = run.desk.members[fault.victim]
    quotes = run.desk.client.quotes()
    member.freeze()
    run.pause(IN_FLIGHT_S)
    # The copy can't know what the web makes of a request, so only the others' are done on it.
    waiting = [
        command for command in run.log.in_flight if command.request_id.startswith(DirectChannel.prefix)
    ]
    unheard = do_on_a_copy(run.desk, waiting, quotes) if run.policy == "always" else b""
    run.power_cuts += 1
    cut = cut_power(
        member,
        run.file,
        run.chooser,
        policy=run.policy,
        unheard=unheard,
        zeros=run.power_cuts % 2 == 0,
    )
    run.say(f"  {cut.torn} of {len(unheard)} unheard bytes left, {cut.zeros} zeros, {cut.lost} bytes lost")
    run.torn_bytes += cut.torn
    began = time.monotonic()
    member.start()
    run.wait_for_order(began, str(fault))


def disk_full(run: Run, fault: Fault) -> None:
    """No byte more goes into the append-only file: the server ends, and again whenever it is started.

    RLIMIT_FSIZE stands for the full disk: the write fails in the same way, also where nothing may be mounted.
    """
    member = run.desk.members[fault.victim]
    began = time.monotonic()
    _fill(run, member.pid)
    while member.running and time.monotonic() < began + EXIT_LIMIT_S:
        run.pause(0.02, tend=False)
    if member.running:
        run.findings.append("the order state goes on with a disk that takes nothing")
    full = time.monotonic()
    while time.monotonic() < full + fault.seconds:
        if not member.running:
            member.tend()
            # Before it is a server: limits are inherited by what the process becomes.
            if member.running:
                _fill(run, member.pid)
        run.pause(0.02, tend=False)
    if run.log.wait_for_order(after=full, limit_s=0):
        run.findings.append("an order was accepted that can't have been written")
    if member.running:
        member.take_down()
    began = time.monotonic()
    member.start()
    run.wait_for_order(began, str(fault))


def _fill(run: Run, process: int) -> None:
    most = run.file.path.stat().st_size + ROOM_BYTES
    resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def clock_jump(run: Run, fault: Fault) -> None:
    """The order state's clock jumps an hour ahead, two back, and then is right again."""
    if run.faketime is None:
        raise NotRun("libfaketime is not installed")
    member = run.desk.members[fault.victim]
    server = member.server
    member.take_down()
    member.server = clocked = ClockedServer(server, run.faketime, run.desk.folder / "clock")
    member.start()
    run.wait_for_order(time.monotonic(), f"{fault}: none")
    for seconds in (JUMP_S, -JUMP_S):
        clocked.jump(seconds)
        began = time.monotonic()
        run.wait_for_order(began, f"{fault}: {seconds:+d} s")
        run.pause(fault.seconds)
        if abs(_clock(run.desk.order_state) - time.time() - seconds) > 5:
            run.findings.append("the clock did not jump")
    member.take_down()
    member.server = server
    member.start()
    run.wait_for_order(time.monotonic(), f"{fault}: back")


def _clock(order_state: redis.Redis) -> float:
    """The server's wall clock, in seconds."""
    seconds, _ = order_state.time()
    return float(seconds)


BLOWS: dict[Blow, Callable[[Run, Fault], None]] = {
    Blow.KILL: kill,
    Blow.KILL_ALL: kill_all,
    Blow.FREEZE: freeze,
    Blow.STOP: stop,
    Blow.POWER_CUT: power_cut,
    Blow.DISK_FULL: disk_full,
    Blow.CLOCK_JUMP: clock_jump,
}
