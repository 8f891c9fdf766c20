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

    The next start finds all that this one left: nothing is tried again. Anything else that goes wrong is
    raised; however often the same does, it is parked once, and counted.
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


def brief(error: BaseException) -> str:
    """The error's first line: without SQLAlchemy's statement and parameters."""
    return f"{error_kind(error)}: {_cause(error)}".partition("\n")[0]


def error_kind(error: BaseException) -> str:
    """The name of the error's class: the driver's, not SQLAlchemy's."""
    return type(_cause(error)).__name__


def _cause(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error
