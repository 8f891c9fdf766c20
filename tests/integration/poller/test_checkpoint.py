"""Checkpoints in Redis, and the word that ends a replay's hold."""

import pytest
import redis

from poller.checkpoint import Checkpoints, ReplayCheckpoint, SimulatedCheckpoint

REPLAY = ReplayCheckpoint(run_id="r1", digest="d", anchor_ms=1_800_000_000_000, loop=2, index=17)


@pytest.fixture
def checkpoints(queues: redis.Redis) -> Checkpoints:
    """The store, empty."""
    return Checkpoints(queues)


def test_what_was_saved_is_loaded_by_source(checkpoints: Checkpoints) -> None:
    market = SimulatedCheckpoint(prices={"BTC": 645_000_000}, trade_ids={"BTC": 7})
    checkpoints.save("replay", REPLAY)
    checkpoints.save("simulated", market)
    assert checkpoints.load("replay", ReplayCheckpoint) == REPLAY
    assert checkpoints.load("simulated", SimulatedCheckpoint) == market


def test_there_is_none_at_first(checkpoints: Checkpoints) -> None:
    assert checkpoints.load("replay", ReplayCheckpoint) is None


@pytest.mark.parametrize("text", ["", "null", "{}", '{"run_id": 1', '{"other": "version"}'])
def test_one_that_cannot_be_read_counts_as_none(
    checkpoints: Checkpoints, queues: redis.Redis, text: str
) -> None:
    queues.set("poller:checkpoint:replay", text)
    assert checkpoints.load("replay", ReplayCheckpoint) is None


def test_a_replay_holds_until_it_is_let_go(checkpoints: Checkpoints) -> None:
    assert checkpoints.go_ms(REPLAY) is None
    go = checkpoints.let_go(REPLAY)
    assert checkpoints.go_ms(REPLAY) == go.at_ms
    # Its place moves on; it is the same replay.
    assert checkpoints.go_ms(REPLAY.model_copy(update={"index": 99})) == go.at_ms


def test_said_again_the_first_word_counts(checkpoints: Checkpoints, queues: redis.Redis) -> None:
    first = checkpoints.let_go(REPLAY)
    stored = queues.get("poller:go")
    assert checkpoints.let_go(REPLAY) == first
    assert queues.get("poller:go") == stored


@pytest.mark.parametrize("change", [{"run_id": "r2"}, {"anchor_ms": 1_800_000_000_001}])
def test_the_word_is_for_one_replay_only(checkpoints: Checkpoints, change: dict[str, object]) -> None:
    checkpoints.let_go(REPLAY)
    assert checkpoints.go_ms(REPLAY.model_copy(update=change)) is None
