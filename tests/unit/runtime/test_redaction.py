"""What opens doors is not logged, wherever it stands; the rest is."""

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
        ("Set-Cookie: refresh_token=abc.def; HttpOnly", "Set-Cookie: [hidden]; HttpOnly"),
    ],
)
def test_what_opens_doors_is_hidden(said: str, logged: str) -> None:
    assert redact(said) == logged


@pytest.mark.parametrize(
    "said",
    [
        "order refused code=price_stale exit code=1",
        "http://127.0.0.1:5000/api/v2/user/password-reset",
        "a trader signed in with a password",
        "trades=1 gaps=0 lag_ms=12",
        '{"event": "snapshot written", "accounts": 3}',
    ],
)
def test_the_rest_is_left_as_it_is(said: str) -> None:
    assert redact(said) == said
