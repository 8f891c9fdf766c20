"""Seeds shared out to processes, each with a server of its own; the lowest that differs counts."""

import logging
import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog

from tests.model.compare import Difference
from tests.model.desks import running_orders, simulate

STOP_LIMIT_S = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a seed: what happened, counted, or the difference."""

    seed: int
    counts: Counter[str]
    difference: str | None = None


@dataclass(slots=True)
class Run:
    """What came of all seeds."""

    seeds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    # The lowest seed that differs.
    failed: Verdict | None = None

    def add(self, verdict: Verdict) -> None:
        self.seeds += 1
        self.counts += verdict.counts
        if verdict.difference and (self.failed is None or verdict.seed < self.failed.seed):
            self.failed = verdict


def run_seeds(seeds: range, steps: int, *, jobs: int) -> Run:
    """Runs them all, or up to the first that differs."""
    run = Run()
    if jobs == 1:
        for verdict in verdicts(seeds, steps):
            run.add(verdict)
        return run
    with working([seeds[job::jobs] for job in range(jobs)], steps) as pipes:
        while pipes:
            for pipe in wait(pipes):
                assert isinstance(pipe, Connection)
                try:
                    told: Verdict = pipe.recv()
                except EOFError:
                    pipes.remove(pipe)
                    continue
                run.add(told)
                # Each worker's seeds rise: what it would still run can't be the first.
                if run.failed is not None and told.seed >= run.failed.seed - jobs:
                    pipes.remove(pipe)
    if run.failed is None and run.seeds < len(seeds):
        raise RuntimeError(f"workers ended after {run.seeds} of {len(seeds)} seeds; why is above")
    return run


def verdicts(seeds: range, steps: int) -> Iterator[Verdict]:
    """One seed after another on one server, up to the first difference."""
    # Each seed loads the library, which says so.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with running_orders() as (client, settings):
        for seed in seeds:
            try:
                yield Verdict(seed, simulate(client, settings, seed, steps))
            except Difference as difference:
                yield Verdict(seed, Counter(), str(difference))
                return


@contextmanager
def working(shares: list[range], steps: int) -> Iterator[list[Connection]]:
    """A process for each share of the seeds, and the pipes that their verdicts come through."""
    # Forked processes would share the parent's locks and sockets.
    context = multiprocessing.get_context("spawn")
    workers: list[SpawnProcess] = []
    pipes: list[Connection] = []
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            workers.append(worker := context.Process(target=_work, args=(theirs, share, steps)))
            worker.start()
            # Once the worker is gone, reading finds the end.
            theirs.close()
            pipes.append(ours)
        yield list(pipes)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(STOP_LIMIT_S)
        for pipe in pipes:
            pipe.close()


def leave(_number: int, _frame: FrameType | None) -> None:
    """Unwinds at a signal, once, so that the server stops and its folder goes."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(1)


def _work(pipe: Connection, seeds: range, steps: int) -> None:
    # The terminal interrupts every process of the run; the parent, unwinding, ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, leave)
    # A parent that was killed has no more use for verdicts.
    with suppress(BrokenPipeError):
        for verdict in verdicts(seeds, steps):
            pipe.send(verdict)
