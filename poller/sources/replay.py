"""A recording, replayed: at real speed, faster, or as fast as the sinks take it; once or for ever.

A run is named by RUN_ID and by what is replayed how. Within one run the replay goes on where Kafka's
acknowledgements ended, also after kill -9: some rows may be sent twice, with identical ids and times, none is
missing. Its clock runs on while the poller is down: what was due meanwhile is sent at once. A run that is
finished is not replayed again.

The hold (REPLAY_HOLD_AFTER): so many rows are sent, then nothing until `python -m poller.go`. No tick is
invented meanwhile, so the price goes stale as in any silent market. What comes after is later by as long.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from domain.messages import Tick
from poller.checkpoint import Checkpoints, ReplayCheckpoint
from poller.recording import BadRecording, RecordedTrade, Recording
from poller.sources.base import SourceContext
from poller.sources.schedule import Schedule
from runtime.logs import get_logger
from runtime.pacing import Seldom
from runtime.settings import Settings

NAME = "replay"
_GO_CHECK_S = 0.05
# A long sleep is cut so that a clock set by hand doesn't hold the replay for as long.
_SLEEP_MAX_S = 1.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a run begins, and what it does at the end."""

    schedule: Schedule
    start: ReplayCheckpoint
    loop: bool

    @property
    def start_position(self) -> int:
        """The first row to send, counted over all loops."""
        return self.start.loop * self.schedule.recording.trades + self.start.index

    @property
    def resumed(self) -> bool:
        """Whether an earlier process of this run has sent something."""
        return self.start_position > 0 or self.start.finished


def plan_replay(
    settings: Settings, recording: Recording, stored: ReplayCheckpoint | None, *, now_ms: int
) -> Plan:
    """How this run goes: on from the stored checkpoint when it is the same run's, else from the beginning."""
    digest = _digest(settings, recording)
    if stored is not None and (stored.run_id, stored.digest) == (settings.run_id, digest):
        start = stored
    else:
        start = ReplayCheckpoint(run_id=settings.run_id, digest=digest, anchor_ms=now_ms)
    schedule = Schedule(
        recording=recording,
        symbol=settings.replay_symbol,
        # Trade ids compare within one run only; what stands before the colon is the feed's name.
        source=f"{NAME}:{settings.run_id}" if settings.run_id else NAME,
        speed=settings.replay_speed,
        times=settings.replay_times,
        anchor_ms=start.anchor_ms,
        hold_after=settings.replay_hold_after,
    )
    return Plan(schedule, start, settings.replay_loop)


def _digest(settings: Settings, recording: Recording) -> str:
    """Of everything that ids, times and order follow from: another speed is another replay."""
    facts = (
        recording.digest,
        settings.replay_symbol,
        settings.replay_speed,
        settings.replay_times,
        settings.replay_loop,
        settings.replay_hold_after,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


class ReplaySource:
    """One run of a replay."""

    name = NAME

    def __init__(self, plan: Plan, checkpoints: Checkpoints) -> None:
        self._plan = plan
        self._schedule = plan.schedule
        self._checkpoints = checkpoints
        self._position = plan.start_position

    async def ticks(self) -> AsyncGenerator[Tick, None]:
        """The rows from the plan's start, each when it is due."""
        if self._plan.start.finished:
            log.info("replay finished", already=True)
            return
        log.info("replay begins", position=self._position, resumed=self._plan.resumed)
        while True:
            trades = self._schedule.recording.trades
            for row in self._schedule.recording.rows(self._position % trades):
                if self._schedule.holds_at(self._position):
                    self._schedule = await self._hold()
                await self._wait_until(self._schedule.due_ms(self._position, row))
                received_time_us = time.time_ns() // 1000
                tick = self._schedule.tick(self._position, row, received_time_us=received_time_us)
                self._position += 1
                yield tick
            if self._position % trades:
                raise BadRecording(f"{self._schedule.recording.path} became shorter during its replay")
            if not self._plan.loop:
                log.info("replay finished", trades=trades)
                return

    def checkpoint(self, acknowledged: int) -> ReplayCheckpoint:
        """The run's place: the first row that Kafka may not have."""
        position = self._plan.start_position + acknowledged
        loop, index = divmod(position, self._schedule.recording.trades)
        return self._plan.start.model_copy(
            update={
                "loop": loop,
                "index": index,
                "finished": self._plan.start.finished or (loop > 0 and not self._plan.loop),
            }
        )

    def figures(self) -> Mapping[str, int]:
        """How far it is, in rows over all loops."""
        return {"position": self._position}

    async def _hold(self) -> Schedule:
        """Waits for the word to go; the schedule from then on."""
        log.info("replay holds", position=self._position, until="python -m poller.go")
        failures = Seldom()
        while True:
            try:
                go_ms = await asyncio.to_thread(self._checkpoints.go_ms, self._plan.start)
            except redis.RedisError as error:
                go_ms = None
                if times := failures.due():
                    log.warning("can't ask whether to go", error=str(error), times=times)
            if go_ms is not None:
                log.info("replay let go", go_ms=go_ms)
                return self._schedule.let_go(go_ms, self._first_held())
            await asyncio.sleep(_GO_CHECK_S)

    def _first_held(self) -> RecordedTrade:
        recording = self._schedule.recording
        return next(recording.rows(self._schedule.hold_after % recording.trades))

    async def _wait_until(self, due_ms: int) -> None:
        while (wait_s := due_ms / 1000 - time.time()) > 0:
            await asyncio.sleep(min(wait_s, _SLEEP_MAX_S))


async def open_replay(context: SourceContext) -> ReplaySource:
    """The replay that the settings ask for; raises BadRecording, redis.RedisError."""
    recording = Recording.scan(Path(context.settings.replay_file))
    stored = context.checkpoints.load(NAME, ReplayCheckpoint)
    plan = plan_replay(context.settings, recording, stored, now_ms=time.time_ns() // 1_000_000)
    return ReplaySource(plan, context.checkpoints)
