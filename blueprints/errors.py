"""The one table from what went wrong to what the client is told.

Every error is `{"error": a sentence, "code": a word, "details": [...]}`; details for refused input only.
"""

from collections.abc import Callable, Mapping
from typing import Any

import redis
import sqlalchemy.exc
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Flask, Response, jsonify, request
from flask_jwt_extended import JWTManager
from flask_limiter import RateLimitExceeded
from jwt import InvalidTokenError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from accounts.errors import OAuthProblem, TooManyTries
from accounts.keyring import Keyring
from accounts.tokens import is_ours
from domain.errors import DeskError
from domain.units import PRICE_DECIMALS, USD_DECIMALS, decimal_text
from orders.codes import Code, Refused
from runtime.logs import get_logger

log = get_logger(__name__)

Sentence = str | Callable[[Mapping[str, str]], str]


def _usd(details: Mapping[str, str], name: str) -> str:
    return f"${decimal_text(int(details[name]), USD_DECIMALS)}"


def _reference(details: Mapping[str, str]) -> str:
    """What a trigger is on the wrong side of: the entry when opening, the closing price now when amending."""
    name, raw = ("entry", details["entry"]) if "entry" in details else ("current", details["price"])
    return f"{name} price {decimal_text(int(raw), PRICE_DECIMALS)}"


REFUSALS: dict[str, tuple[int, Sentence]] = {
    Code.ACCOUNT_UNKNOWN: (404, "There is no such account"),
    Code.ACCOUNT_EXISTS: (409, "There is such an account already: nothing was restored"),
    Code.AMOUNT_OUT_OF_RANGE: (400, "The amount is out of range"),
    Code.ASSET_UNKNOWN: (400, "This asset is not traded here"),
    Code.BALANCE_TOO_LARGE: (
        409,
        lambda d: f"A balance of {_usd(d, 'balance')} is more than the desk can keep to the cent",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: (422, "This Idempotency-Key was used with another request"),
    Code.INSUFFICIENT_BALANCE: (
        400,
        lambda d: f"The balance of {_usd(d, 'balance')} does not cover {_usd(d, 'needed')} (margin and fee)",
    ),
    Code.LEVERAGE_NOT_OFFERED: (400, "This leverage is not on offer"),
    Code.MARGIN_OUT_OF_RANGE: (
        400,
        lambda d: f"The margin must be from {_usd(d, 'least')} to {_usd(d, 'most')}",
    ),
    Code.ACCOUNT_HALTED: (
        403,
        "The desk has stopped new positions for this account: you can still close yours",
    ),
    Code.ASSET_CLOSE_ONLY: (
        409,
        "The desk takes no new positions in this asset right now: you can still close yours",
    ),
    Code.EXPOSURE_ABOVE_LIMIT: (
        409,
        lambda d: (
            f"The desk takes no more than {_usd(d, 'most')} of new positions on this side of the asset now"
        ),
    ),
    Code.LEVERAGE_ABOVE_LIMIT: (
        409,
        lambda d: f"For new positions in this asset the desk allows a leverage of {d['most']}x at most now",
    ),
    Code.POSITION_ABOVE_LIMIT: (
        409,
        lambda d: f"The desk takes positions of {_usd(d, 'most')} at most in this asset now",
    ),
    Code.ORDER_UNKNOWN: (404, "There is no such open order"),
    Code.PERCENTAGE_OUT_OF_RANGE: (400, "The percentage must be from 1 to 99"),
    Code.POSITION_TOO_LARGE: (
        400,
        lambda d: f"The position is too large: at this price its size may be {_usd(d, 'most')} at most",
    ),
    Code.PRICE_MOVING: (
        503,
        "This price is still closing positions: nothing opens until it is done. Try again in a moment",
    ),
    Code.PRICE_STALE: (503, "The price is stale: no trade has come in lately. Try again in a moment"),
    Code.PRICE_UNCONFIRMED: (
        503,
        "The price has jumped, and further trades must confirm it before it fills. Try again in a moment",
    ),
    Code.PRICE_UNKNOWN: (503, "There is no price yet. Try again in a moment"),
    Code.FENCED: (409, "Another process has taken this work over"),
    Code.LEASE_HELD: (409, "Another process does this work"),
    Code.SNAPSHOT_UNREADABLE: (409, "The snapshot can't be read: nothing was restored"),
    Code.STATE_UNPROVEN: (
        503,
        "The desk is making sure that nothing was lost, and trades again when that is done."
        " Try again in a moment",
    ),
    Code.STOP_LOSS_WRONG_SIDE: (
        400,
        lambda d: f"The stop loss is on the wrong side of the {_reference(d)}",
    ),
    Code.TAKE_PROFIT_WRONG_SIDE: (
        400,
        lambda d: f"The take profit is on the wrong side of the {_reference(d)}",
    ),
    Code.TOO_MANY_POSITIONS: (409, lambda d: f"There are {d['most']} open positions, the most allowed"),
    Code.TOO_SMALL: (400, "The position is too small to be divided"),
    Code.TRAILING_DISTANCE_OUT_OF_RANGE: (
        400,
        lambda d: f"The trailing distance is too large for the {_reference(d)}",
    ),
    "reason_missing": (400, "Say why, in 5 characters at least: it is kept with what you do"),
    "session_ended": (401, "The session has ended: sign in again"),
    "too_many_keys": (409, "There are as many keys as an account may have: revoke one first"),
    "sign_in_again": (403, "Sign in again to change this"),
    "email_not_verified": (403, "Verify your e-mail first"),
    OAuthProblem.CANCELLED: (403, "The sign-in was cancelled"),
    OAuthProblem.STATE_MISMATCH: (403, "This sign-in was begun elsewhere, or too long ago: start again"),
    OAuthProblem.EMAIL_UNVERIFIED: (403, "The provider hasn't verified your e-mail there: do that first"),
    OAuthProblem.PROVIDER_FAILED: (503, "The provider doesn't answer as it should. Try again in a moment"),
    OAuthProblem.PROVIDER_UNKNOWN: (404, "There is no such provider"),
    OAuthProblem.NOT_CONFIGURED: (503, "Signing in through this provider is not configured here"),
    OAuthProblem.ALREADY_LINKED: (409, "That account signs somebody else in here: unlink it there first"),
    OAuthProblem.OTHER_LINKED: (
        409,
        "Another account of this provider is linked: sign in with that one, or unlink it first",
    ),
    OAuthProblem.NOT_LINKED: (404, "This provider is not linked"),
    OAuthProblem.LAST_WAY_IN: (409, "This is the only way to sign in: set a password first"),
    OAuthProblem.ARRIVAL_UNKNOWN: (
        401,
        "This sign-in has expired, or was begun in another browser: start again",
    ),
    "email_taken": (409, "There is an account with this e-mail already"),
    "wrong_credentials": (401, "Wrong e-mail or password"),
    "wrong_password": (403, "The password is wrong"),
    "wrong_code": (401, "This is not the code that was mailed"),
    "code_expired": (410, "The code is too old: ask for another one"),
    "too_many_tries": (429, "Too many wrong codes: no more are looked at for a while"),
    "second_factor_required": (401, "The code of your authenticator is needed as well"),
    "wrong_second_factor": (401, "The second factor is wrong, or was used already"),
    "second_factor_is_on": (409, "There is a second factor already: remove it first"),
    "second_factor_is_off": (409, "There is no second factor"),
    "email_unchanged": (409, "This is the account's e-mail already"),
    "mail_off": (409, "This desk sends no mail: ask who runs it"),
}

# Where a refusal speaks of one field of the request, details name it.
REFUSED_FIELDS: dict[str, str] = {
    "reason_missing": "reason",
    Code.ASSET_UNKNOWN: "asset",
    Code.AMOUNT_OUT_OF_RANGE: "additionalMargin",
    Code.INSUFFICIENT_BALANCE: "margin",
    Code.LEVERAGE_NOT_OFFERED: "leverage",
    Code.MARGIN_OUT_OF_RANGE: "margin",
    Code.PERCENTAGE_OUT_OF_RANGE: "percentage",
    Code.POSITION_TOO_LARGE: "margin",
    Code.STOP_LOSS_WRONG_SIDE: "stopLoss",
    Code.TAKE_PROFIT_WRONG_SIDE: "takeProfit",
    Code.TRAILING_DISTANCE_OUT_OF_RANGE: "trailingStopLoss",
}

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {
        "error": {"type": "string", "description": "A sentence for a person"},
        "code": {"type": "string", "description": "The same for a program"},
        "details": {
            "type": "array",
            "description": "What of the input was refused",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

# What a server of ours raises that is away.
UNAVAILABLE = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.BusyLoadingError,
    # The library is gone, or the server refuses writes: its operator must act, and nothing was done.
    redis.ResponseError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.TimeoutError,
)
# What is away, or too old, is usually there again soon.
UNAVAILABLE_RETRY_S = "1"

# Refusals of people rather than of their input.
_NOTED = frozenset({401, 403, 429})
_PATH_SHOWN = 120

STATUS_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
    429: "too_many_requests",
    503: "unavailable",
}


class Rejected(DeskError):
    """The edge's own refusal, before anything was called."""

    def __init__(self, status: int, code: str, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.field = field


def problem(
    status: int,
    code: str,
    sentence: str,
    *,
    details: list[dict[str, str]] | None = None,
    headers: Any = None,
) -> Response:
    """An error response in the contract's shape."""
    body: dict[str, Any] = {"error": sentence, "code": code}
    if details:
        body["details"] = details
    response = jsonify(body)
    response.status_code = status
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def install_errors(app: Flask) -> None:
    """Registers the handlers of everything a request may meet."""
    if isinstance(app, APIFlask):
        app.error_processor(_refused_input)
    app.after_request(_note_refusal)
    app.register_error_handler(Rejected, _rejected)
    app.register_error_handler(DeskError, _refused)
    app.register_error_handler(RateLimitExceeded, _rate_limited)
    app.register_error_handler(HTTPException, _http)
    for unavailable in UNAVAILABLE:
        app.register_error_handler(unavailable, _unavailable)


def install_tokens(jwt: JWTManager, keyring: Keyring) -> None:
    """Gives Flask-JWT-Extended our keys and our error shape, and has it take tokens of ours only."""
    jwt.encode_key_loader(lambda _identity: keyring.signing_secret)
    jwt.decode_key_loader(lambda header, claims: _verifying_secret(keyring, header, claims))
    jwt.additional_headers_loader(lambda _identity: {"kid": keyring.kid})
    jwt.unauthorized_loader(lambda _why: problem(401, "unauthorized", "Sign in first: there is no token"))
    jwt.invalid_token_loader(lambda _why: problem(401, "invalid_token", "The token is not valid"))
    jwt.expired_token_loader(
        lambda _header, _claims: problem(401, "expired_token", "The token has expired: sign in again")
    )


def _verifying_secret(keyring: Keyring, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Where claims are still as the token has them: later the library puts in what it misses."""
    if not is_ours(claims):
        raise InvalidTokenError("the token does not say what ours say")
    return keyring.verifying_secret(header)


def _note_refusal(response: Response) -> Response:
    """Who was not let in, or came too often, is seen by who watches the log."""
    if response.status_code in _NOTED:
        log.info(
            "refused",
            status=response.status_code,
            method=request.method,
            # Without the query, which may hold a token.
            path=request.path[:_PATH_SHOWN],
            address=request.remote_addr,
        )
    return response


def _refused_input(error: HTTPError) -> Any:
    by_field: dict[str, list[str]] = {}
    for fields in error.detail.values() if isinstance(error.detail, dict) else ():
        by_field.update(fields)
    details = [
        {"field": field.partition(".")[0], "message": message.removeprefix("Value error, ")}
        for field, messages in by_field.items()
        for message in messages
    ]
    if details:
        return problem(400, "invalid_input", "Some of the input is not valid", details=details)
    return problem(
        error.status_code,
        STATUS_CODES.get(error.status_code, "error"),
        error.message or "The request was refused",
    )


def _rejected(error: Rejected) -> Response:
    details = [{"field": error.field, "message": error.sentence}] if error.field else None
    return problem(error.status, error.code, error.sentence, details=details)


def sentence_of(code: str, details: Mapping[str, str]) -> str:
    """What a refusal says to a person."""
    _, sentence = REFUSALS[code]
    return sentence(details) if callable(sentence) else sentence


def _refused(error: DeskError) -> Response:
    status, _ = REFUSALS[error.code]
    sentence = sentence_of(error.code, error.details if isinstance(error, Refused) else {})
    field = REFUSED_FIELDS.get(error.code)
    details = [{"field": field, "message": sentence}] if field and status == 400 else None
    headers = {"Retry-After": UNAVAILABLE_RETRY_S} if status == 503 else None
    if isinstance(error, TooManyTries):
        headers = {"Retry-After": str(error.retry_after_s)}
    return problem(status, str(error.code), sentence, details=details, headers=headers)


def _rate_limited(error: RateLimitExceeded) -> Response:
    # Flask-Limiter adds Retry-After and RateLimit-* to the response.
    return problem(429, "too_many_requests", f"Too many requests: at most {error.description}")


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    sentence = error.description or error.name
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    headers = {"Allow": ", ".join(methods)} if methods else None
    return problem(status, STATUS_CODES.get(status, "error"), sentence, headers=headers)


def _unavailable(error: Exception) -> Response:
    say = log.error if isinstance(error, redis.ResponseError) else log.warning
    say("a server is away or refuses", error=f"{type(error).__name__}: {error}"[:200])
    return problem(
        503,
        "unavailable",
        "A part of the desk is not reachable right now. Try again in a moment",
        headers={"Retry-After": UNAVAILABLE_RETRY_S},
    )
