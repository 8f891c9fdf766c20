"""What a replay sends and when: ids, times, loops, the hold, and where a restart goes on."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.messages import Tick
from poller.checkpoint import ReplayCheckpoint
from poller.recording import RecordedTrade, Recording
from poller.sources.replay import Plan, plan_replay
from poller.sources.schedule import Schedule
from runtime.settings import Settings
from tests.support.recordings import small_recording

NOW_MS = 1_800_000_000_000
FIRST_MS = 1_600_000_000_000


def recording(folder: Path) -> Recording:
    """Three trades with ids 10, 11 and 14, over 4 seconds."""
    return Recording.scan(
        small_recording(
            folder / "trades.csv",
            (10, "100.00", FIRST_MS),
            (11, "101.50", FIRST_MS + 1000),
            (14, "102.00", FIRST_MS + 4000),
        )
    )


def schedule(recorded: Recording, **given: Any) -> Schedule:
    facts = {"symbol": "BTC", "source": "replay", "speed": 1.0, "times": "now", "anchor_ms": NOW_MS}
    return TypeAdapter(Schedule).validate_python(Schedule(recorded, **{**facts, **given}))


def sent(plan: Schedule, count: int) -> list[Tick]:
    rows = list(plan.recording.rows())
    return [plan.tick(n, rows[n % len(rows)], received_time_us=0) for n in range(count)]


def due(plan: Schedule, count: int) -> list[int]:
    rows = list(plan.recording.rows())
    return [plan.due_ms(n, rows[n % len(rows)]) - NOW_MS for n in range(count)]


def settings(folder: Path, **given: Any) -> Settings:
    return Settings(_env_file=None, replay_file=str(folder / "trades.csv"), **{"run_id": "r1", **given})


class TestTimes:
    def test_at_real_speed_trades_keep_their_spacing_from_now_on(self, tmp_path: Path) -> None:
        plan = schedule(recording(tmp_path))
        assert [tick.event_time_ms - NOW_MS for tick in sent(plan, 3)] == [0, 1000, 4000]
        assert due(plan, 3) == [0, 1000, 4000]

    def test_at_ten_times_the_speed_event_times_stay_near_the_clock(self, tmp_path: Path) -> None:
        plan = schedule(recording(tmp_path), speed=10)
        assert [tick.event_time_ms - NOW_MS for tick in sent(plan, 3)] == due(plan, 3) == [0, 100, 400]

    def test_as_fast_as_possible_is_history_that_ends_now(self, tmp_path: Path) -> None:
        plan = schedule(recording(tmp_path), speed=0)
        assert [tick.event_time_ms - NOW_MS for tick in sent(plan, 3)] == [-4000, -3000, 0]
        assert due(plan, 3) == [0, 0, 0]

    @pytest.mark.parametrize("speed", [0, 1, 50])
    def test_recorded_times_are_kept_when_asked_for(self, tmp_path: Path, speed: float) -> None:
        plan = schedule(recording(tmp_path), speed=speed, times="recorded")
        assert [tick.event_time_ms - FIRST_MS for tick in sent(plan, 3)] == [0, 1000, 4000]


class TestLoops:
    def test_each_loop_goes_on_above_the_ids_and_after_the_times_of_the_last(self, tmp_path: Path) -> None:
        ticks = sent(schedule(recording(tmp_path)), 7)
        assert [tick.trade_id for tick in ticks] == [10, 11, 14, 15, 16, 19, 20]
        assert [tick.event_time_ms - NOW_MS for tick in ticks] == [0, 1000, 4000, 4001, 5001, 8001, 8002]

    def test_loops_rise_at_any_speed(self, tmp_path: Path) -> None:
        for speed in (0, 0.5, 1, 1000):
            plan = schedule(recording(tmp_path), speed=speed)
            times = [tick.event_time_ms for tick in sent(plan, 30)]
            assert times == sorted(times)
            assert due(plan, 30) == sorted(due(plan, 30))


class TestHold:
    def test_only_what_comes_after_the_hold_waits(self, tmp_path: Path) -> None:
        plan = schedule(recording(tmp_path), hold_after=1)
        assert [plan.holds_at(position) for position in range(4)] == [False, True, True, True]

    def test_without_a_hold_nothing_waits(self, tmp_path: Path) -> None:
        assert not any(schedule(recording(tmp_path)).holds_at(position) for position in range(4))

    def test_after_the_hold_everything_is_later_by_as_long_as_it_lasted(self, tmp_path: Path) -> None:
        waiting = schedule(recording(tmp_path), hold_after=1)
        first_held = list(waiting.recording.rows())[1]
        # Row 1 was due at +1000.
        plan = waiting.let_go(NOW_MS + 61_000, first_held)
        assert not plan.holds_at(1)
        assert due(plan, 4) == [0, 61_000, 64_000, 64_001]
        assert [tick.event_time_ms - NOW_MS for tick in sent(plan, 3)] == [0, 61_000, 64_000]

    def test_a_go_that_came_before_the_hold_was_reached_delays_nothing(self, tmp_path: Path) -> None:
        waiting = schedule(recording(tmp_path), hold_after=1)
        plan = waiting.let_go(NOW_MS + 500, list(waiting.recording.rows())[1])
        assert due(plan, 3) == [0, 1000, 4000]

    def test_as_fast_as_possible_history_ends_when_it_was_let_go(self, tmp_path: Path) -> None:
        waiting = schedule(recording(tmp_path), hold_after=1, speed=0)
        plan = waiting.let_go(NOW_MS + 9000, list(waiting.recording.rows())[1])
        assert [tick.event_time_ms - NOW_MS for tick in sent(plan, 3)] == [-4000, 6000, 9000]


class TestResume:
    def plan(self, folder: Path, stored: ReplayCheckpoint | None, **given: Any) -> Plan:
        return plan_replay(settings(folder, **given), recording(folder), stored, now_ms=NOW_MS + 77)

    def stored(self, folder: Path, **place: Any) -> ReplayCheckpoint:
        begun = plan_replay(settings(folder), recording(folder), None, now_ms=NOW_MS)
        return begun.start.model_copy(update=place)

    def test_a_run_begins_at_the_first_row_and_now(self, tmp_path: Path) -> None:
        plan = self.plan(tmp_path, None)
        assert (plan.start_position, plan.schedule.anchor_ms) == (0, NOW_MS + 77)
        assert plan.schedule.source == "replay:r1"

    def test_without_a_run_id_the_source_is_just_a_replay(self, tmp_path: Path) -> None:
        assert self.plan(tmp_path, None, run_id="").schedule.source == "replay"

    def test_the_same_run_goes_on_with_identical_ids_and_times(self, tmp_path: Path) -> None:
        plan = self.plan(tmp_path, self.stored(tmp_path, index=2))
        assert plan.start_position == 2
        before = sent(schedule(recording(tmp_path), source="replay:r1"), 3)
        assert sent(plan.schedule, 3) == before

    def test_another_run_begins_anew(self, tmp_path: Path) -> None:
        plan = self.plan(tmp_path, self.stored(tmp_path, index=2), run_id="r2")
        assert (plan.start_position, plan.schedule.anchor_ms) == (0, NOW_MS + 77)

    def test_another_file_begins_anew(self, tmp_path: Path) -> None:
        stored = self.stored(tmp_path, index=2)
        other = Recording.scan(small_recording(tmp_path / "other.csv", (10, "100.00", FIRST_MS)))
        plan = plan_replay(settings(tmp_path), other, stored, now_ms=NOW_MS + 77)
        assert plan.start_position == 0

    def test_another_speed_begins_anew_as_its_times_would_differ(self, tmp_path: Path) -> None:
        assert self.plan(tmp_path, self.stored(tmp_path, index=2), replay_speed=3).start_position == 0

    def test_a_loop_is_gone_on_with_in_its_middle(self, tmp_path: Path) -> None:
        looping = settings(tmp_path, replay_loop=True)
        begun = plan_replay(looping, recording(tmp_path), None, now_ms=NOW_MS)
        stored = begun.start.model_copy(update={"loop": 5, "index": 1})
        assert plan_replay(looping, recording(tmp_path), stored, now_ms=NOW_MS).start_position == 16


def test_a_row_is_the_trade_that_was_recorded(tmp_path: Path) -> None:
    rows = list(recording(tmp_path).rows(1))
    assert rows[0] == RecordedTrade(11, 1_015_000, 100_000, FIRST_MS + 1000, True)
    assert len(rows) == 2
