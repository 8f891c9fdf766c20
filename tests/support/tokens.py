"""Access tokens as somebody might forge or misuse them."""

import hashlib
import time
from typing import Any
from uuid import uuid4

import jwt
import psycopg

from tests.support.settings import JWT_SECRET

OTHER_SECRET = "another secret of the tests; long enough too"


def begin_session(database_url: str, user_id: str) -> str:
    """A session of the account, which is made when it isn't there; the session's id."""
    session_id = str(uuid4())
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into users (id, email) values (%s, %s) on conflict do nothing",
            (user_id, f"{user_id}@example.com"),
        )
        connection.execute(
            "insert into user_sessions (id, user_id, way, address, user_agent, expires_at)"
            " values (%s, %s, 'password', '127.0.0.1', 'tests', now() + interval '1 day')",
            (session_id, user_id),
        )
    return session_id


def kid_of(secret: str) -> str:
    """The name of a secret in a token's header."""
    return hashlib.sha256(f"kid:{secret}".encode()).hexdigest()[:8]


def make_token(
    user_id: str,
    *,
    sid: str | None,
    secret: str = JWT_SECRET,
    algorithm: str = "HS256",
    headers: dict[str, Any] | None = None,
    **changed: Any,
) -> str:
    """A token that is valid unless something is changed; a claim of None is left out. sid: its session."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": user_id,
        "sid": sid,
        "iss": "cfdesk",
        "aud": "cfdesk-api",
        "type": "access",
        "fresh": False,
        "jti": "a token of the tests",
        "iat": now,
        "nbf": now,
        "exp": now + 600,
    }
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode(
        kept, secret, algorithm=algorithm, headers={"kid": kid_of(JWT_SECRET)} if headers is None else headers
    )


def bad_tokens(user_id: str, sid: str) -> dict[str, str]:
    """What is no access token of ours, by what is wrong with it. sid: a session that goes on."""

    def token(user_id: str = user_id, sid: str | None = sid, **changed: Any) -> str:
        return make_token(user_id, sid=sid, **changed)

    past = int(time.time()) - 3600
    return {
        "garbage": "garbage",
        "three parts of garbage": "a.b.c",
        "signed by another": token(secret=OTHER_SECRET),
        "another algorithm": token(secret=JWT_SECRET * 2, algorithm="HS512"),
        "our secret, another algorithm": token(algorithm="HS384"),
        "not signed": token(secret="", algorithm="none"),
        "another issuer": token(iss="somebody"),
        "no issuer": token(iss=None),
        "another audience": token(aud="somebody"),
        "no audience": token(aud=None),
        "a refresh token": token(type="refresh"),
        "expired": token(exp=past, iat=past - 60, nbf=past - 60),
        "not valid yet": token(nbf=int(time.time()) + 3600),
        "nobody's": token(sub=None),
        "a number's": token(sub=7),
        "without an end": token(exp=None),
        "of another type": token(type="mail"),
        "naming no key": token(headers={}),
        "naming another key": token(headers={"kid": kid_of(OTHER_SECRET)}),
        "bringing its key": token(headers={"kid": kid_of(JWT_SECRET), "jwk": {"kty": "oct", "k": "AA"}}),
        "of no session": token(sid=None),
        "of an unknown session": token(sid=str(uuid4())),
        "of another's session": token(user_id=str(uuid4())),
    }
