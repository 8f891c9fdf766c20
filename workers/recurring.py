"""Work that comes again by itself."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import redis.exceptions
import sqlalchemy.exc

from runtime.logs import get_logger

log = get_logger(__name__)

# A server that is away, restarting, or too busy to answer in time. Wrong data is none of these.
SERVER_AWAY: tuple[type[Exception], ...] = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)

Parameters = ParamSpec("Parameters")


def comes_again(work: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """For work that the schedule starts every few seconds: an absent server is a warning, no failure.

    The next start finds all that this one left. Retries and dead letters would only pile up beside it.
    Anything else that goes wrong is raised.
    """

    @functools.wraps(work)
    def attempt(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            work(*args, **kwargs)
        except SERVER_AWAY as error:
            log.warning(
                "a server is away; the next start tries again", work=work.__name__, error=brief(error)
            )

    return attempt


def brief(error: Exception) -> str:
    """The error's first line: without SQLAlchemy's statement and parameters."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}".partition("\n")[0]
