"""Access tokens: signed, short-lived, pinned to one algorithm, issuer, audience and type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from flask_jwt_extended import create_access_token

from models import User
from runtime.identity_settings import JWT_SECRET_BYTES_MIN
from runtime.settings import Settings

ALGORITHM = "HS256"


class WeakSecret(RuntimeError):
    """JWT_SECRET is missing or too short to sign with."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token names, and until when (epoch seconds)."""

    user_id: str
    expires_at: int


def jwt_config(settings: Settings) -> dict[str, Any]:
    """Flask-JWT-Extended's configuration. Raises WeakSecret."""
    secret = settings.jwt_secret.get_secret_value()
    if len(secret.encode()) < JWT_SECRET_BYTES_MIN:
        raise WeakSecret(
            f"JWT_SECRET must have at least {JWT_SECRET_BYTES_MIN} bytes; `make run` makes one by itself"
        )
    return {
        "JWT_SECRET_KEY": secret,
        "JWT_ALGORITHM": ALGORITHM,
        "JWT_DECODE_ALGORITHMS": [ALGORITHM],
        "JWT_TOKEN_LOCATION": ["headers"],
        "JWT_ENCODE_ISSUER": settings.jwt_issuer,
        "JWT_DECODE_ISSUER": settings.jwt_issuer,
        "JWT_ENCODE_AUDIENCE": settings.jwt_audience,
        "JWT_DECODE_AUDIENCE": settings.jwt_audience,
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=settings.access_token_minutes),
        "JWT_ERROR_MESSAGE_KEY": "error",
    }


def access_token(user: User) -> str:
    """A new access token; needs the app's context."""
    token: str = create_access_token(
        identity=str(user.id),
        additional_claims={"verified": user.email_verified_at is not None, "role": user.role},
    )
    return token


def is_access(claims: Mapping[str, Any]) -> bool:
    """Whether a token of ours lets in and ends; Flask-JWT-Extended would take any but a refresh token."""
    return claims.get("type") == "access" and "exp" in claims


def read_access_token(token: str, settings: Settings) -> Bearer | None:
    """Whom the token names, None when it is not a valid access token of ours. For the relay, outside HTTP."""
    try:
        claims = jwt.decode(
            token,
            settings.jwt_secret.get_secret_value(),
            algorithms=[ALGORITHM],
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.InvalidTokenError:
        return None
    if not is_access(claims):
        return None
    return Bearer(user_id=str(claims["sub"]), expires_at=int(claims["exp"]))
