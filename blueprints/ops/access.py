"""Who may call /ops: operators who are signed in, never a key; and why they do what they do."""

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from pydantic import Field

from blueprints.authenticated import authenticated, caller
from blueprints.errors import Rejected
from blueprints.fields import Body, Line
from blueprints.requests import visitor
from models import Role
from models.operator import REASON_CHARS_MAX, REASON_CHARS_MIN
from operators.actions import Asked
from runtime.tracing import current_trace

AnyView = TypeVar("AnyView", bound=Callable[..., Any])


class Reasoned(Body):
    """What changes something says why: it is kept with who did it."""

    reason: Annotated[Line, Field(min_length=REASON_CHARS_MIN, max_length=REASON_CHARS_MAX)]


def for_operators(view: AnyView) -> AnyView:
    """Lets a view be called by operators only; to everybody else the desk doesn't say what is there."""

    @functools.wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if caller().role != Role.OPERATOR:
            raise Rejected(403, "operators_only", "This is for the desk's operators")
        return view(*args, **kwargs)

    return cast(AnyView, authenticated("account")(checked))


def asked_by(body: Reasoned) -> Asked:
    """Who asks, and why; for the record."""
    return Asked(body.reason, caller().uuid, visitor().address, current_trace())
