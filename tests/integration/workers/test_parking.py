"""The table of parked messages: each failure once, and what is decided about it."""

from datetime import UTC, datetime
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from models import ParkedMessage
from operators.parking import (
    ERROR_CHARS_MAX,
    TRACEBACK_CHARS_MAX,
    Failure,
    NotParked,
    done,
    drop,
    kept_subjects,
    park,
    prune_dropped,
    retry,
)
from runtime.broker import connect_broker
from runtime.settings import Settings
from tests.support.books import rows

SEEN = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def fail(database: sa.Engine, *args: Any, error: Exception | None = None, parked_max: int = 100) -> bool:
    """Parks a failure of persist_trades with these arguments."""
    failure = Failure("persist_trades", "trades", args, {}, error or ValueError("no trade"), 6, SEEN)
    with database.begin() as connection:
        return park(connection, failure, parked_max=parked_max)


def parked(database: sa.Engine) -> list[tuple[str, str, int]]:
    """(subject, state, times) of every row."""
    return [(row["subject"], row["state"], row["times"]) for row in rows(database, ParkedMessage, "id")]


def test_a_failure_is_kept_once_and_its_repetitions_counted(database: sa.Engine) -> None:
    for text in ("first", "second", "third"):
        assert fail(database, "b1", [1], error=ValueError(text))
    fail(database, "b1", [1], error=TypeError("of another kind"))
    assert parked(database) == [("b1", "parked", 3), ("b1", "parked", 1)]
    # Then the newest error is told, and when it all began
    row = rows(database, ParkedMessage, "id")[0]
    assert row["error"] == "ValueError: third"
    assert "ValueError: third" in row["traceback"]
    assert row["first_seen_at"] == SEEN
    assert row["parked_at"] < row["newest_at"]


def test_beyond_the_limit_nothing_new_is_kept_but_repetitions_are_counted(database: sa.Engine) -> None:
    assert [fail(database, name, parked_max=2) for name in ("b1", "b2", "b3")] == [True, True, False]
    assert fail(database, "b1", parked_max=2)
    assert parked(database) == [("b1", "parked", 2), ("b2", "parked", 1)]
    # When one is dropped there is room again
    drop(database, rows(database, ParkedMessage, "id")[0]["id"], why="a test")
    assert fail(database, "b3", parked_max=2)


def test_texts_that_postgresql_refuses_and_long_ones_are_kept_all_the_same(database: sa.Engine) -> None:
    assert fail(database, "nul \x00, half \ud800", error=ValueError("\x00\udfff" + "long " * 10_000))
    row = rows(database, ParkedMessage, "id")[0]
    assert row["subject"] == "nul \\x00, half \\ud800"
    assert row["arguments"] == '{"args": ["nul \\u0000, half \\ud800"], "kwargs": {}}'
    assert len(row["error"]) == ERROR_CHARS_MAX
    assert len(row["traceback"]) == TRACEBACK_CHARS_MAX


def test_a_retried_message_is_in_its_queue_and_listed_until_it_is_done(
    database: sa.Engine, queues: redis.Redis, settings: Settings
) -> None:
    broker = connect_broker(settings)
    fail(database, "b1", [1, "two"])
    [row] = rows(database, ParkedMessage, "id")
    retry(database, broker, row["id"])
    assert queues.llen("dramatiq:trades") == 1
    assert parked(database) == [("b1", "retried", 1)]
    # When it fails again, it is parked again; when it is done, it is gone
    fail(database, "b1", [1, "two"])
    assert parked(database) == [("b1", "parked", 2)]
    with database.begin() as connection:
        done(connection, row["id"])
    assert parked(database) == [("b1", "parked", 2)]
    retry(database, broker, row["id"])
    with database.begin() as connection:
        done(connection, row["id"])
    assert parked(database) == []


def test_a_retry_that_redis_does_not_take_changes_nothing(database: sa.Engine, settings: Settings) -> None:
    nowhere = connect_broker(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    fail(database, "b1")
    with pytest.raises(redis.exceptions.ConnectionError):
        retry(database, nowhere, rows(database, ParkedMessage, "id")[0]["id"])
    assert parked(database) == [("b1", "parked", 1)]


def test_what_is_dropped_is_decided_until_it_fails_again(
    database: sa.Engine, queues: redis.Redis, settings: Settings
) -> None:
    fail(database, "b1")
    [row] = rows(database, ParkedMessage, "id")
    drop(database, row["id"], why="sold to nobody")
    assert parked(database) == [("b1", "dropped", 1)]
    with pytest.raises(NotParked):
        drop(database, row["id"], why="again")
    with pytest.raises(NotParked):
        retry(database, connect_broker(settings), row["id"])
    assert queues.keys("dramatiq:trades*") == []
    fail(database, "b1")
    [row] = rows(database, ParkedMessage, "id")
    assert (row["state"], row["times"], row["dropped_why"]) == ("parked", 2, None)


def test_the_batchers_are_told_of_what_the_table_has(database: sa.Engine) -> None:
    for name in ("b1", "b2"):
        fail(database, name)
    drop(database, rows(database, ParkedMessage, "id")[0]["id"], why="a test")
    with database.connect() as connection:
        assert sorted(kept_subjects(connection, "persist_trades", ["b1", "b2", "b3"])) == ["b1", "b2"]
        assert kept_subjects(connection, "prune", ["b1"]) == []


def test_only_what_was_dropped_long_ago_is_pruned(database: sa.Engine) -> None:
    for name in ("b1", "b2", "b3"):
        fail(database, name)
    first, second, _third = (row["id"] for row in rows(database, ParkedMessage, "id"))
    for parked_id in (first, second):
        drop(database, parked_id, why="a test")
    with database.begin() as connection:
        month = sa.text(
            "UPDATE parked_messages SET decided_at = now() - interval '31 days' WHERE id <> :young"
        )
        connection.execute(month, {"young": second})
        assert prune_dropped(connection, days=30) == 1
    assert parked(database) == [("b2", "dropped", 1), ("b3", "parked", 1)]
