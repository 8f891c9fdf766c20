"""The page's files: packed for who takes that, kept for ever where the name says what is in them."""

import gzip
from typing import NamedTuple

import pytest
from apiflask import APIFlask
from werkzeug.datastructures import Headers

from blueprints.spa import DIST


class Answer(NamedTuple):
    """What came, read to its end."""

    headers: Headers
    mimetype: str | None
    data: bytes


def asked(app: APIFlask, path: str, takes: str) -> Answer:
    """A file of the page, by somebody who takes these encodings."""
    with app.test_client().get(path, headers={"Accept-Encoding": takes}) as answer:
        return Answer(answer.headers, answer.mimetype, answer.data)


@pytest.fixture
def script() -> str:
    """The path of the page's first script. `make` builds the page before the tests."""
    (found,) = (DIST / "assets").glob("main-*.js")
    return f"/assets/{found.name}"


def test_a_script_is_packed_for_who_takes_that(app: APIFlask, script: str) -> None:
    packed = asked(app, script, "br, gzip")
    plain = asked(app, script, "identity")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.mimetype == plain.mimetype
    assert "Content-Encoding" not in plain.headers
    for answer in (packed, plain):
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("takes", ["", "gzip;q=0", "br"])
def test_who_takes_no_gzip_gets_none(app: APIFlask, script: str, takes: str) -> None:
    assert "Content-Encoding" not in asked(app, script, takes).headers


def test_the_index_is_asked_for_each_time(app: APIFlask) -> None:
    answer = asked(app, "/anywhere", "gzip")

    assert b'<div id="root">' in gzip.decompress(answer.data)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/html"
