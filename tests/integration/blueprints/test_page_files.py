"""The page's files: packed for who takes that, kept for ever where the name says what is in them."""

import gzip

import pytest
from flask.testing import FlaskClient

from blueprints.spa import DIST


@pytest.fixture
def script() -> str:
    """The path of the page's first script. `make` builds the page before the tests."""
    (found,) = (DIST / "assets").glob("main-*.js")
    return f"/assets/{found.name}"


def test_a_script_is_packed_for_who_takes_that(client: FlaskClient, script: str) -> None:
    packed = client.get(script, headers={"Accept-Encoding": "br, gzip"})
    plain = client.get(script, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert packed.mimetype == plain.mimetype
    assert "Content-Encoding" not in plain.headers
    for answer in (packed, plain):
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("said", ["", "gzip;q=0", "br"])
def test_who_takes_no_gzip_gets_none(client: FlaskClient, script: str, said: str) -> None:
    assert "Content-Encoding" not in client.get(script, headers={"Accept-Encoding": said}).headers


def test_the_index_is_asked_for_each_time(client: FlaskClient) -> None:
    answer = client.get("/anywhere", headers={"Accept-Encoding": "gzip"})

    assert b'<div id="root">' in gzip.decompress(answer.data)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/html"
