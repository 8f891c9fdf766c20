"""Work that comes again by itself."""

import functools
from collections.abc import Callable
from typing import ParamSpec

from runtime.failures import SERVER_AWAY, brief
from runtime.logs import get_logger

log = get_logger(__name__)

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
