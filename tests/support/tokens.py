"""Access tokens as somebody might forge or misuse them."""

import time
from typing import Any

import jwt

from tests.support.settings import JWT_SECRET

OTHER_SECRET = "another secret of the tests, long enough too"


def make_token(user_id: str, *, secret: str = JWT_SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    """A token that is valid unless something is changed; a claim of None is left out."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": user_id,
        "iss": "cfdesk",
        "aud": "cfdesk-api",
        "type": "access",
        "fresh": False,
        "jti": "a token of the tests",
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        "verified": True,
        "role": "trader",
    }
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


def bad_tokens(user_id: str) -> dict[str, str]:
    """What is no access token of ours, by what is wrong with it."""
    past = int(time.time()) - 3600
    return {
        "garbage": "garbage",
        "three parts of garbage": "a.b.c",
        "signed by another": make_token(user_id, secret=OTHER_SECRET),
        "another algorithm": make_token(user_id, secret=JWT_SECRET * 2, algorithm="HS512"),
        "our secret, another algorithm": make_token(user_id, algorithm="HS384"),
        "not signed": make_token(user_id, secret="", algorithm="none"),
        "another issuer": make_token(user_id, iss="somebody"),
        "no issuer": make_token(user_id, iss=None),
        "another audience": make_token(user_id, aud="somebody"),
        "no audience": make_token(user_id, aud=None),
        "a refresh token": make_token(user_id, type="refresh"),
        "expired": make_token(user_id, exp=past, iat=past - 60, nbf=past - 60),
        "not valid yet": make_token(user_id, nbf=int(time.time()) + 3600),
        "nobody's": make_token(user_id, sub=None),
        "a number's": make_token(user_id, sub=7),
        "without an end": make_token(user_id, exp=None),
        "of another type": make_token(user_id, type="mail"),
    }
