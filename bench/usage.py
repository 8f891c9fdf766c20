"""What processes use of processors and memory, from /proc (Linux)."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")
# Places after the command's name in /proc/PID/stat (proc_pid_stat(5)).
_PARENT, _USER, _SYSTEM = 1, 11, 12
# Of the first line of /proc/stat: all but idle, waiting for a disk, and what a guest's time counts twice.
_BUSY = (0, 1, 2, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Usage:
    """What had been used at a moment, in seconds of a processor; by process, with its parent."""

    at_s: float
    machine_s: float
    processes: Mapping[int, tuple[int, float]]


def usage_now() -> Usage:
    """What has been used until now."""
    processes = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        # A process may end between the listing and the reading.
        with suppress(OSError):
            # The command's name may hold spaces and brackets; the fields after its last ')' don't.
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            used_s = (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_PER_S
            processes[int(stat.parent.name)] = (int(fields[_PARENT]), used_s)
    machine = [int(word) for word in (_PROC / "stat").read_text().splitlines()[0].split()[1:]]
    return Usage(time.monotonic(), sum(machine[place] for place in _BUSY) / _TICKS_PER_S, processes)


def cores_between(before: Usage, after: Usage, roots: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Cores that each of these processes used, what it has started included.

    rest: what else this process has started; others: what the machine did besides.
    """
    names = {process: name for name, processes in roots.items() for process in processes}
    used_s = dict.fromkeys((*roots, "rest", "others"), 0.0)
    for process, (_, total_s) in after.processes.items():
        earlier_s = before.processes.get(process, (0, 0.0))[1]
        used_s[_owner(process, after, names)] += total_s - earlier_s
    seconds = after.at_s - before.at_s
    ours_s = sum(share for name, share in used_s.items() if name != "others")
    used_s["others"] = max(0.0, after.machine_s - before.machine_s - ours_s)
    return {name: share / seconds for name, share in used_s.items()}


def _owner(process: int, usage: Usage, names: Mapping[int, str]) -> str:
    while process in usage.processes:
        if process in names:
            return names[process]
        if process == os.getpid():
            return "rest"
        process = usage.processes[process][0]
    return "others"


def memory_bytes(root: int) -> int:
    """Resident memory of a process and what it has started."""
    usage = usage_now()
    total = 0
    for process in usage.processes:
        if _owner(process, usage, {root: "root"}) == "root":
            with suppress(OSError):
                total += int((_PROC / str(process) / "statm").read_text().split()[1]) * _PAGE_BYTES
    return total


def tcp_bytes() -> int:
    """What the kernel holds for TCP sockets, all of the machine's."""
    for line in (_PROC / "net" / "sockstat").read_text().splitlines():
        name, *words = line.split()
        if name == "TCP:":
            return int(words[words.index("mem") + 1]) * _PAGE_BYTES
    return 0
