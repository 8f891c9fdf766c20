"""Tokens: signed, pinned to one algorithm, issuer, audience and type, naming the secret that signed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from flask_jwt_extended import create_access_token, create_refresh_token
from jwt.utils import base64url_decode, base64url_encode

from accounts.keyring import Keyring
from accounts.sessions import SignedIn
from models import UserSession
from runtime.settings import Settings

ALGORITHM = "HS256"
REFRESH_PATH = "/api/v2/user"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token names, by which session, and until when (epoch seconds)."""

    user_id: str
    session_id: str
    expires_at: int


def jwt_config(settings: Settings) -> dict[str, Any]:
    """Flask-JWT-Extended's configuration."""
    # Browsers let no page of http set, or overwrite, what is named so.
    prefix = "__Secure-" if cookies_secure(settings) else ""
    return {
        "JWT_ALGORITHM": ALGORITHM,
        "JWT_DECODE_ALGORITHMS": [ALGORITHM],
        # The refresh token's route asks for the cookie by itself; all others look at the header alone.
        "JWT_TOKEN_LOCATION": ["headers", "cookies"],
        "JWT_ENCODE_ISSUER": settings.jwt_issuer,
        "JWT_DECODE_ISSUER": settings.jwt_issuer,
        "JWT_ENCODE_AUDIENCE": settings.jwt_audience,
        "JWT_DECODE_AUDIENCE": settings.jwt_audience,
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=settings.access_token_minutes),
        "JWT_ERROR_MESSAGE_KEY": "error",
        "JWT_REFRESH_COOKIE_NAME": f"{prefix}refresh_token",
        "JWT_REFRESH_COOKIE_PATH": REFRESH_PATH,
        "JWT_REFRESH_CSRF_COOKIE_NAME": f"{prefix}csrf_refresh_token",
        "JWT_COOKIE_CSRF_PROTECT": True,
        "JWT_COOKIE_SAMESITE": "Strict",
        "JWT_COOKIE_SECURE": cookies_secure(settings),
        "JWT_SESSION_COOKIE": False,
    }


def cookies_secure(settings: Settings) -> bool:
    """Whether cookies go over https only."""
    if settings.cookies_secure is not None:
        return settings.cookies_secure
    return settings.public_url.startswith("https://")


def access_token(signed_in: SignedIn) -> str:
    """A new access token; needs the app's context."""
    token: str = create_access_token(
        identity=str(signed_in.user.id), additional_claims={"sid": str(signed_in.session.id)}
    )
    return token


def refresh_token(session: UserSession) -> str:
    """The refresh token of the session's present rotation; needs the app's context."""
    token: str = create_refresh_token(
        identity=str(session.user_id),
        additional_claims={"sid": str(session.id), "rot": session.rotation},
        expires_delta=session.expires_at - datetime.now(UTC),
    )
    return token


def is_ours(claims: Mapping[str, Any]) -> bool:
    """Whether a token, whose signature is good, says all that one of ours says."""
    wants = {"access": (), "refresh": ("rot",)}.get(str(claims.get("type")))
    if wants is None or "exp" not in claims or not all(_is_count(claims.get(name)) for name in wants):
        return False
    return _is_uuid(claims.get("sid")) and _is_uuid(claims.get("sub"))


def is_canonical(token: str) -> bool:
    """Whether a token is written in the one way that its bytes have.

    The last character of a signature has bits that mean nothing, so that four texts are the same signature; a
    token is let in by the text that was given out.
    """
    parts = token.split(".")
    return len(parts) == 3 and all(map(_is_canonical_part, parts))


def _is_canonical_part(part: str) -> bool:
    try:
        return base64url_encode(base64url_decode(part.encode())).decode() == part
    except (ValueError, UnicodeError):
        return False


def read_access_token(token: str, keyring: Keyring, settings: Settings) -> Bearer | None:
    """Whom the token names, None when it is not a valid access token of ours. For the relay, outside HTTP."""
    if not is_canonical(token):
        return None
    try:
        claims = jwt.decode(
            token,
            keyring.verifying_secret(jwt.get_unverified_header(token)),
            algorithms=[ALGORITHM],
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError:
        return None
    if claims.get("type") != "access" or not is_ours(claims):
        return None
    return Bearer(str(claims["sub"]), str(claims["sid"]), int(claims["exp"]))


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
