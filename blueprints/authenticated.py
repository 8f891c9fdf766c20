"""Who asks: the one way in for every route that isn't public.

A Bearer is an access token of a session, or the key of a program. `authenticated("read")` and "trade" take
both, "account" sessions only: what guards an account is changed by people.
"""

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from flask import g, request
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import InvalidTokenError

from accounts.apikeys import KEY_PREFIX
from accounts.callers import ACCOUNT_SCOPE, Caller
from accounts.errors import SessionEnded
from accounts.tokens import is_canonical
from blueprints.errors import Rejected
from blueprints.limits import by_account, lenient, user_rate
from blueprints.services import services

AnyView = TypeVar("AnyView", bound=Callable[..., Any])
Scope = Literal["read", "trade", "account"]


def authenticated(scope: Scope) -> Callable[[AnyView], AnyView]:
    """Lets a view be called by who has shown that they may, so often as one may: `caller()` says who."""

    def decorate(view: AnyView) -> AnyView:
        # Commands have a limit of their own.
        limited = view if scope == "trade" else lenient.limit(user_rate, key_func=by_account)(view)

        @functools.wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            _admit(identify(), scope)
            return limited(*args, **kwargs)

        return cast(AnyView, checked)

    return decorate


def caller() -> Caller:
    """Who asks; the route is behind `authenticated`."""
    return cast(Caller, g.caller)


def identify() -> Caller:
    """Who the request's Bearer stands for, kept for `caller()`. Raises what becomes a 401."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer" and bearer.startswith(KEY_PREFIX):
        found = services().api_keys.find(bearer, request.remote_addr or "")
        if found is None:
            raise Rejected(401, "invalid_token", "The key is not valid, or not from this address")
    else:
        verified = verify_jwt_in_request(locations=["headers"])
        if not is_canonical(bearer):
            raise InvalidTokenError("the token isn't written as it was given out")
        if verified is None:
            # A method that Flask-JWT-Extended exempts: none of ours.
            raise JWTExtendedException("no token")
        claims = verified[1]
        found = services().sessions.find(claims["sid"])
        if found is None or found.user_id != claims["sub"]:
            raise SessionEnded
    g.caller = found
    return found


def _admit(found: Caller, scope: Scope) -> None:
    if scope in found.scopes:
        return
    if scope == ACCOUNT_SCOPE:
        raise Rejected(403, "session_required", "This is for people: sign in with e-mail and password")
    raise Rejected(403, "scope_missing", f"The key has no permission to {scope}")
