"""What an error is, in a line; and which errors say that a server is away."""

import redis.exceptions
import sqlalchemy.exc

# A server that is away, restarting, or too busy to answer in time. Wrong data is none of these.
SERVER_AWAY: tuple[type[Exception], ...] = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)


def brief(error: BaseException) -> str:
    """The error's first line: without SQLAlchemy's statement and parameters."""
    return f"{error_kind(error)}: {_cause(error)}".partition("\n")[0]


def error_kind(error: BaseException) -> str:
    """The name of the error's class: the driver's, not SQLAlchemy's."""
    return type(_cause(error)).__name__


def _cause(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error
