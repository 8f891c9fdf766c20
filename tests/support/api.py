"""A program on the REST API, for tests."""

from itertools import count
from typing import Any, cast

import jwt
import orjson
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

API = "/api/v2"
PASSWORD = "correct horse battery"
_numbers = count(1)


class Api:
    """Calls the app, signed in or not."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token: str | None = None
        self.user_id = ""
        self.email = ""

    def get(self, path: str, **query: Any) -> TestResponse:
        """GET of an API path."""
        return self.client.get(API + path, query_string=query, headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        """POST of a JSON body; `key` is the Idempotency-Key."""
        headers = self._headers() | ({"Idempotency-Key": key} if key is not None else {})
        return self.client.post(API + path, json=body, headers=headers)

    def put(self, path: str, body: Any) -> TestResponse:
        """PUT of a JSON body."""
        return self.client.put(API + path, json=body, headers=self._headers())

    def post_text(self, path: str, text: str | bytes, content_type: str = "application/json") -> TestResponse:
        """POST of a body as it is."""
        return self.client.post(API + path, data=text, content_type=content_type, headers=self._headers())

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        """Any request, of any path."""
        return self.client.open(path, method=method, headers=self._headers(), **options)

    def signs_up(self, email: str | None = None) -> "Api":
        """Becomes a new trader."""
        self.email = email or f"trader{next(_numbers)}@example.com"
        answer = self.post("/user/signup", {"email": self.email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        self.token, self.user_id = body_of(answer)["token"], body_of(answer)["userId"]
        return self

    def signs_in_again(self) -> "Api":
        """A new session, of who it is by now."""
        answer = self.post("/user/signin", {"email": self.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.token = body_of(answer)["token"]
        return self

    @property
    def session_id(self) -> str:
        """The session of the token."""
        claims = jwt.decode(self.token or "", options={"verify_signature": False})
        return str(claims["sid"])

    def opens(self, **changed: Any) -> dict[str, Any]:
        """Opens a position, a long of $100 at 10x in BTC unless changed; the order."""
        answer = self.post("/trade/open", order_body(**changed))
        assert answer.status_code == 201, answer.text
        return cast(dict[str, Any], body_of(answer)["order"])

    def _headers(self) -> dict[str, str]:
        cookie = self.client.get_cookie("csrf_refresh_token")
        csrf = {"X-CSRF-TOKEN": cookie.value} if cookie else {}
        return csrf | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


def order_body(**changed: Any) -> dict[str, Any]:
    """What opens a long of $100 at 10x in BTC."""
    return {"asset": "BTC", "type": "buy", "margin": 100, "leverage": 10} | changed


def body_of(answer: TestResponse) -> dict[str, Any]:
    """The JSON object that was answered."""
    body = orjson.loads(answer.data)
    assert isinstance(body, dict), answer.text
    return body


def problem_of(answer: TestResponse) -> tuple[int, str]:
    """Status and code of an error; fails the test when it hasn't the contract's shape."""
    body = body_of(answer)
    assert 400 <= answer.status_code < 600, answer.text
    assert body.keys() <= {"error", "code", "details"}, body
    assert isinstance(body["error"], str), body
    assert body["error"], body
    assert isinstance(body["code"], str), body
    for detail in body.get("details", []):
        assert detail.keys() == {"field", "message"}, body
    return answer.status_code, body["code"]
