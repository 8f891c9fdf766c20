"""What the OpenAPI document says of all routes alike: groups, errors, the Idempotency-Key."""

from collections.abc import Iterator
from typing import Any

from blueprints.schemas import plainly_named
from domain.instruments import ASSETS
from runtime.broker import Actor, Queue
from runtime.identity_settings import PROVIDER_NAME

# By the beginning of the path, in the document's order.
TAGS = {
    "/api/v2/user/": "User",
    "/api/v2/auth/": "Sign-in through others",
    "/api/v2/trade/": "Trade",
    "/api/v2/asset/": "Asset",
    "/api/v2/ops/": "Operators",
    "/": "Health",
}
API = "/api/v2/"
_ERRORS = {
    400: "Not to be understood",
    401: "No token, or one that is not valid any more",
    403: "Not allowed: the token's kind or scope, or an e-mail that is not verified",
    404: "Not there, or another's",
    409: "In conflict with what is there",
    413: "The body is too large",
    415: "The body is no JSON",
    422: "The Idempotency-Key was used with another request",
    429: "Too many requests: Retry-After says when to come back",
    503: "A part of the desk is away, or no price can be traded on now: Retry-After says when to try again",
}
# From the HTTP server, before any of ours has seen the request.
_TOO_LONG = {
    "description": "The address is too long",
    "content": {"text/html": {"schema": {"type": "string"}}},
}
# What stands in a path, by its name there; the others are ids.
_ID = {"type": "string", "format": "uuid"}
_IN_PATHS = {
    "provider": {"type": "string", "pattern": f"^{PROVIDER_NAME}$"},
    "parked_id": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    "symbol": {"type": "string", "enum": list(ASSETS)},
    "actor": {"type": "string", "enum": list(Actor)},
    "queue": {"type": "string", "enum": list(Queue)},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry get the first answer, word for word, and change nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]{1,64}$"},
}


def complete(document: dict[str, Any] | str) -> dict[str, Any] | str:
    """The document, with what holds for all its routes."""
    assert isinstance(document, dict), "the document is kept as JSON"
    for path, method, operation in _operations(document):
        operation["tags"] = [tag_of(path)]
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                parameter["schema"] = _IN_PATHS.get(parameter["name"], _ID)
        if "requestBody" in operation:
            operation["requestBody"].setdefault("required", True)
        if method == "post" and tag_of(path) == "Trade":
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        if any(parameter["in"] in {"query", "path"} for parameter in operation.get("parameters", [])):
            operation["responses"]["414"] = _TOO_LONG
        for status in _statuses(path, method, operation):
            operation["responses"].setdefault(str(status), _error(status))
    document = plainly_named(document)
    order = list(TAGS.values())
    document["tags"] = [{"name": tag} for tag in order]
    document["paths"] = dict(sorted(document["paths"].items(), key=lambda item: order.index(tag_of(item[0]))))
    return document


def tag_of(path: str) -> str:
    """The group of a path."""
    return next(tag for beginning, tag in TAGS.items() if path.startswith(beginning))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    """The errors that a route may answer besides those it names itself."""
    if not path.startswith(API) or path.endswith(("/health", "/ready")):
        return []
    statuses = [400, 429, 503]
    if operation.get("security"):
        statuses += [401, 403]
    if "requestBody" in operation:
        statuses += [413, 415]
    if method == "post" and tag_of(path) == "Trade":
        statuses += [404, 409, 422]
    return statuses


def _error(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/HTTPError"}
    return {"description": _ERRORS[status], "content": {"application/json": {"schema": schema}}}
