"""Work that comes again by itself."""

import pytest
import redis.exceptions
import sqlalchemy.exc

from runtime.failures import brief
from workers.recurring import comes_again


@pytest.mark.parametrize(
    "error",
    [
        sqlalchemy.exc.OperationalError("SELECT 1", {}, Exception("connection refused")),
        sqlalchemy.exc.TimeoutError("no connection left"),
        redis.exceptions.ConnectionError("refused"),
        redis.exceptions.TimeoutError("no answer"),
    ],
)
def test_a_server_that_is_away_is_left_to_the_next_start(error: Exception) -> None:
    @comes_again
    def work() -> None:
        raise error

    work()


def test_anything_else_that_goes_wrong_is_raised() -> None:
    @comes_again
    def work() -> None:
        raise sqlalchemy.exc.IntegrityError("INSERT", {}, Exception("refused"))

    with pytest.raises(sqlalchemy.exc.IntegrityError):
        work()


def test_an_error_in_brief_has_no_statement_and_no_values() -> None:
    error = sqlalchemy.exc.OperationalError("SELECT secret", {"a": 1}, ValueError("refused\nand more"))
    assert brief(error) == "ValueError: refused"
