"""The schedule: the same for a seed, everything at least once, everybody of the Procfile."""

from collections import Counter

from runtime.run import read_procfile
from runtime.settings import Settings
from tests.faults.blows import BLOWS
from tests.faults.schedule import PROCESSES, QUICK, Blow, Counts, Fault, make_schedule, one_of_each


def what(faults: list[Fault]) -> Counter[tuple[Blow, str]]:
    return Counter((fault.blow, fault.victim) for fault in faults)


def test_a_seed_repeats_its_schedule_and_another_has_another() -> None:
    assert make_schedule(QUICK, seed=7) == make_schedule(QUICK, seed=7)
    assert make_schedule(QUICK, seed=7) != make_schedule(QUICK, seed=8)
    assert what(make_schedule(QUICK, seed=7)) == what(make_schedule(QUICK, seed=8))


def test_the_quick_cut_does_everything_at_least_once() -> None:
    assert what(one_of_each()) <= what(make_schedule(QUICK, seed=1))
    assert {fault.blow for fault in one_of_each()} == set(Blow) == BLOWS.keys()


def test_every_process_of_the_procfile_is_a_victim() -> None:
    commands = read_procfile(Settings(_env_file=None)).processes

    assert {command.name for command in commands} == set(PROCESSES)


def test_the_counts_are_what_was_asked_for() -> None:
    counts = Counts(redis_kills=20, power_cuts=5, worker_kills=10, postgres_kills=4, stalls=3, stall_s=9)

    faults = make_schedule(counts, seed=1)

    done = what(faults)
    assert done[Blow.KILL, "orders"] == 20
    assert done[Blow.POWER_CUT, "orders"] == 5
    assert done[Blow.KILL, "worker"] + done[Blow.KILL, "journal"] == 10
    assert done[Blow.KILL, "postgres"] == 4
    assert {fault.victim for fault in faults if fault.seconds == 9} == {"worker", "journal", "postgres"}
