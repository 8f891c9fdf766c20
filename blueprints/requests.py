"""What comes with a request besides its body: who asks, and the id that makes it happen once."""

import hashlib
import re
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from flask import Request, current_app, request

from accounts.audit import Visitor
from accounts.callers import may_trade
from blueprints.authenticated import caller
from blueprints.errors import Rejected
from blueprints.fields import Body
from blueprints.services import services
from orders.client import Request as OrderRequest
from runtime.tracing import current_trace

# 1 to 64 printable ASCII characters.
_KEY = re.compile(r"[\x20-\x7e]{1,64}")
AnyView = TypeVar("AnyView", bound=Callable[..., Any])


def trader_id() -> str:
    """The trader's id; the route is behind `authenticated`."""
    return caller().user_id


def owner_email() -> str:
    """The caller's address, for telling them of what was done; the route is behind `authenticated`."""
    email = services().accounts.email_of(trader_id())
    assert email is not None
    return email


def visitor() -> Visitor:
    """Where the request comes from."""
    return Visitor(request.remote_addr or "", request.headers.get("User-Agent", ""))


def require_verified() -> None:
    """Refuses a trader whose e-mail isn't proven."""
    if not may_trade(services().settings, proven=caller().proven):
        raise Rejected(403, "email_not_verified", "Verify your e-mail before you trade")


def idempotent_request(body: Body) -> OrderRequest:
    """The request's id and digest: of the client's Idempotency-Key, else of an id made here.

    The digest is of the route and the parsed body, so that "100.50" and 100.5 are the same request.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Rejected(
            400,
            "invalid_input",
            "Idempotency-Key must be 1 to 64 printable characters",
            field="Idempotency-Key",
        )
    asked = f"{request.path}\n{body.model_dump_json(exclude_unset=True)}"
    digest = hashlib.sha256(asked.encode()).hexdigest()
    # Prefixes keep a client from naming an id that the server made.
    request_id = f"client:{key}" if key is not None else f"server:{uuid4().hex}"
    return OrderRequest(request_id, digest, trace=current_trace())


class JSONRequest(Request):
    """A request that says in our words what is wrong with its JSON."""

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """The body is no JSON; none at all will do where it is optional."""
        if _leaves_out_the_body():
            return {}
        why = f": {e}" if e else ""
        raise Rejected(400, "invalid_json", f"The body is not valid JSON{why}", field="body")


def body_optional(view: AnyView) -> AnyView:
    """Marks a view of which a request without a body asks the same as one with an empty object."""
    view.body_optional = True  # type: ignore[attr-defined]
    return view


def require_json() -> None:
    """Before each request of the API: what has a body must say that it is JSON, and be an object."""
    if request.method not in {"POST", "PUT", "PATCH"} or _leaves_out_the_body():
        return
    if not request.is_json:
        raise Rejected(415, "not_json", "Send JSON, with Content-Type: application/json")
    # Also `null`, which APIFlask would take for an empty object.
    if not isinstance(request.get_json(), dict):
        raise Rejected(400, "invalid_input", "Send a JSON object", field="body")


def _leaves_out_the_body() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "body_optional", False) and not request.get_data()
