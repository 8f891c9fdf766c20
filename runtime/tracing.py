"""The id of an HTTP request, through the order state's events and background work into the logs.

A log line that is made on behalf of a request says so as `request`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import structlog

HEADER = "X-Request-ID"
# In a background message's options.
OPTION = "request"
_FIELD = "request"
# What a proxy in front may give.
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


def trace_of(given: str | None) -> str:
    """The id that a proxy gave the request, else a new one."""
    return given if given is not None and _GIVEN.fullmatch(given) else uuid4().hex


def current_trace() -> str:
    """The request on whose behalf this is done; empty for none."""
    return str(structlog.contextvars.get_contextvars().get(_FIELD, ""))


@contextmanager
def traced(trace: str) -> Iterator[None]:
    """What is logged in its block is on behalf of that request."""
    tokens = structlog.contextvars.bind_contextvars(**{_FIELD: trace})
    try:
        yield
    finally:
        structlog.contextvars.reset_contextvars(**tokens)
