"""Clients that hold each answer against the OpenAPI document of the app that gave it."""

import re
from typing import Any

import orjson
from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator
from werkzeug.test import TestResponse

JSON = "application/json"


class Answers:
    """What the document says of answers that are not refusals."""

    def __init__(self, document: dict[str, Any]) -> None:
        schemas = _closed(document["components"]["schemas"])
        self._routes = [
            (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation["responses"])
            # Words before placeholders: /auth/status is no /auth/{provider}.
            for path, item in sorted(document["paths"].items(), key=lambda path_item: "{" in path_item[0])
            for method, operation in item.items()
        ]
        self._components = {"components": {"schemas": schemas}}

    def check(self, method: str, path: str, status: int, body: Any) -> None:
        """Raises AssertionError unless the document has such an answer, with just these fields."""
        responses = next(
            (said for verb, route, said in self._routes if verb == method and route.fullmatch(path)), None
        )
        assert responses is not None, f"no {method} {path} in the document"
        assert str(status) in responses, f"no {status} of {method} {path} in the document"
        schema = responses[str(status)]["content"][JSON]["schema"]
        errors = [
            f"{'.'.join(map(str, error.instance_path))}: {error.message}"
            for error in Draft202012Validator(schema | self._components).iter_errors(body)
        ]
        assert not errors, f"{method} {path}: {errors}"


def document_of(app: Flask) -> dict[str, Any]:
    """The app's document.

    Not by blueprints.openapi_document, which makes an app for it: what limits requests belongs to the newest
    app of a process.
    """
    assert isinstance(app, APIFlask)
    with app.app_context():
        document: dict[str, Any] = orjson.loads(orjson.dumps(app.spec))
        return document


_first: list[Answers] = []


def answers_of(app: Flask) -> Answers:
    """What the app's document says of answers: made once, as it is the same of every app."""
    if not _first:
        _first.append(Answers(document_of(app)))
    return _first[0]


class DocumentedClient(FlaskClient):
    """A client that fails the test when an answer of the API isn't what the document says."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """The answer, checked."""
        answer = super().open(*args, **options)
        asked = answer.request
        if answer.status_code < 300 and answer.mimetype == JSON and asked.path.startswith("/api/"):
            answers_of(self.application).check(
                asked.method, asked.path, answer.status_code, orjson.loads(answer.data)
            )
        return answer


def documented(app: APIFlask) -> APIFlask:
    """The app, whose test clients look at each answer."""
    app.test_client_class = DocumentedClient
    return app


def _closed(node: Any) -> Any:
    """The schemas with no more fields than they name: clients may get more, tests may not."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return {"additionalProperties": False} | closed if "properties" in closed else closed
