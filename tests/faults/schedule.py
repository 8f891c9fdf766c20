"""The faults of a run and their order, made of a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PROCESSES = ("web", "stream", "poller", "batcher", "journal", "worker", "scheduler")
SERVERS = ("orders", "queues", "postgres", "kafka")
# What a long stall is done to: PostgreSQL falls behind the stream.
STALLED = ("worker", "journal", "postgres")


class Blow(StrEnum):
    """A kind of fault."""

    KILL = "kill"
    KILL_ALL = "kill_all"
    FREEZE = "freeze"
    STOP = "stop"
    POWER_CUT = "power_cut"
    DISK_FULL = "disk_full"
    CLOCK_JUMP = "clock_jump"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to whom, for how long (0: it is back at once).

    at_once: the next fault doesn't wait until the desk has recovered from this one.
    """

    blow: Blow
    victim: str
    seconds: float = 0.0
    at_once: bool = False

    def __str__(self) -> str:
        lasting = f" for {self.seconds:g} s" if self.seconds else ""
        return f"{self.blow} {self.victim}{lasting}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of what, beside one of each kind."""

    redis_kills: int = 200
    power_cuts: int = 50
    worker_kills: int = 100
    postgres_kills: int = 50
    stalls: int = 3
    stall_s: float = 90.0


QUICK = Counts(redis_kills=10, power_cuts=6, worker_kills=6, postgres_kills=2, stalls=0)


def one_of_each() -> list[Fault]:
    """Every kind of fault, done to everybody it can be done to."""
    return [
        *(Fault(Blow.KILL, victim) for victim in PROCESSES + SERVERS),
        *(Fault(Blow.FREEZE, victim, 1.5) for victim in PROCESSES + SERVERS),
        Fault(Blow.KILL_ALL, "desk"),
        Fault(Blow.STOP, "postgres", 4.0),
        Fault(Blow.STOP, "kafka", 1.5),
        Fault(Blow.POWER_CUT, "orders"),
        Fault(Blow.DISK_FULL, "orders", 1.5),
        Fault(Blow.CLOCK_JUMP, "orders", 1.0),
    ]


def make_schedule(counts: Counts, *, seed: int) -> list[Fault]:
    """The same faults in the same order for the same counts and seed."""
    chooser = random.Random(seed)
    faults = [
        *one_of_each(),
        *(Fault(Blow.KILL, "orders") for _ in range(counts.redis_kills - 1)),
        *(Fault(Blow.POWER_CUT, "orders") for _ in range(counts.power_cuts - 1)),
        *(Fault(Blow.KILL, ("worker", "journal")[n % 2]) for n in range(counts.worker_kills - 2)),
        *(Fault(Blow.KILL, "postgres") for _ in range(counts.postgres_kills - 1)),
        *(Fault(Blow.FREEZE, STALLED[n % len(STALLED)], counts.stall_s) for n in range(counts.stalls)),
    ]
    chooser.shuffle(faults)
    # After a kill of the order state its own recovery is measured, so only others are hurried.
    return [
        Fault(fault.blow, fault.victim, fault.seconds, at_once=chooser.random() < 0.2)
        if fault.blow is Blow.KILL and fault.victim != "orders"
        else fault
        for fault in faults
    ]


def counted(faults: list[Fault]) -> Mapping[str, int]:
    """How many faults of each kind."""
    return {blow.value: sum(fault.blow is blow for fault in faults) for blow in Blow}
