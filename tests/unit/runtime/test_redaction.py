"""What opens doors is not logged, wherever it stands; the rest is."""

import json

import pytest

from runtime.redaction import redact
from tests.support.tokens import make_token

TOKEN = make_token("somebody", sid="a session")
KEY = "cfd_UTRY9mA5kq0Zx7bXq3-wT1cR_a9uP0sLmN4oVdE2fGhI"


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"refused {TOKEN} of somebody", "refused [token] of somebody"),
        (f"{{'Authorization': 'Bearer {TOKEN}'}}", "{'Authorization': 'Bearer [hidden]'}"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [hidden]"),
        (f"key={KEY} used", "key=[key] used"),
        (
            "GET /auth/callback?code=4/0AX4Xf&state=abc HTTP",
            "GET /auth/callback?code=[hidden]&state=[hidden] HTTP",
        ),
        (f"GET /ws?token={KEY}", "GET /ws?token=[hidden]"),
        ("redis://web:hunter2@127.0.0.1:6379/0 is away", "redis://web:[hidden]@127.0.0.1:6379/0 is away"),
        ("postgresql://cfdesk:s3cr3t@db/cfdesk", "postgresql://cfdesk:[hidden]@db/cfdesk"),
        (
            '{"email": "a@example.com", "password": "correct horse"}',
            '{"email": "a@example.com", "password": [hidden]}',
        ),
        # A body as text, in a line of JSON, and in another.
        (
            r'{"event": "said {\"password\": \"correct horse\"}"}',
            r'{"event": "said {\"password\": [hidden]}"}',
        ),
        (r'"{\\\"currentPassword\\\": \\\"correct horse\\\"}"', r'"{\\\"currentPassword\\\": [hidden]}"'),
        ('{"secondFactor": "123456", "x": 1}', '{"secondFactor": [hidden], "x": 1}'),
        ('{"recoveryCodes": ["abcde-fghij", "klmno-pqrst"]}', '{"recoveryCodes": [hidden]}'),
        ('{"password": "cut off in the mid', '{"password": [hidden]'),
        ("{'email': 'a@example.com', 'code': '123456'}", "{'email': 'a@example.com', 'code': [hidden]}"),
        ("refused code=123456 of a mail", "refused code=[hidden] of a mail"),
        ("grant_type=x client_secret=abc.def", "grant_type=x client_secret=[hidden]"),
        ("Set-Cookie: refresh_token=abc.def; HttpOnly", "Set-Cookie: [hidden]; HttpOnly"),
    ],
)
def test_what_opens_doors_is_hidden(said: str, logged: str) -> None:
    assert redact(said) == logged


@pytest.mark.parametrize(
    "password", ['ab"cdefgh', "ab'cdefgh", "ab cdef\\\\", 'a\\" b\\\\" cdef', "[ab] cdefgh"]
)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_no_part_of_a_password_is_left(password: str, depth: int) -> None:
    said = json.dumps({"password": password})
    for _ in range(depth - 1):
        said = json.dumps({"event": said})

    assert "cdef" not in redact(said)


@pytest.mark.parametrize(
    "said",
    [
        "order refused code=price_stale exit code=1",
        "http://127.0.0.1:5000/api/v2/user/password-reset",
        "closed code=1006 order 123456 code=1234567",
        "a trader signed in with a password",
        "trades=1 gaps=0 lag_ms=12",
        '{"event": "snapshot written", "accounts": 3}',
    ],
)
def test_the_rest_is_left_as_it_is(said: str) -> None:
    assert redact(said) == said
