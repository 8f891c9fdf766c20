"""docs/stream.md: its code is the examples' own, its words and figures are the relay's.

What the relay says is held against a real one in tests/integration/stream/test_page.py.
"""

import re

import pytest

from blueprints.stream import protocol
from runtime.settings import Settings
from tests.support.stream_page import DOCS, PAGE, blocks, clients_messages

ROOT = DOCS.parent
EXAMPLES = {"python": "stream.py", "js": "stream.mjs"}


@pytest.mark.parametrize("language", EXAMPLES)
def test_its_code_is_found_word_for_word_in_the_example(language: str) -> None:
    example = (DOCS / "examples" / EXAMPLES[language]).read_text()
    parts = blocks(PAGE.read_text(), language)

    assert parts
    assert [part for part in parts if part not in example] == []


def test_what_a_client_says_there_is_understood_and_nothing_is_left_out() -> None:
    understood = {type(protocol.parse(text)) for text in clients_messages()}

    assert understood == set(protocol.ClientMessage.__args__)


def closings() -> set[str]:
    """Each reason that the relay's code closes a connection for."""
    code = "\n".join(file.read_text() for file in (ROOT / "blueprints" / "stream").glob("*.py"))
    named = dict(re.findall(r'^(_[A-Z]+) = "(.+)"$', code, re.MULTILINE))
    written = re.findall(r'\.close\([A-Z_]+, (?:"(.+)"|(_[A-Z]+))\)', code)
    return {reason or named[name] for reason, name in written}


def test_it_tells_each_reason_for_which_a_connection_is_closed() -> None:
    told = set(re.findall(r"`([^`\n]+)`", PAGE.read_text()))

    assert {"the relay is full", "the relay is restarting"} <= closings()
    assert closings() <= told


def test_its_settings_are_there_with_the_defaults_it_tells() -> None:
    rows = re.findall(r"^\| `(STREAM_\w+)` \| ([\d,]+) ", PAGE.read_text(), re.MULTILINE)
    fields = Settings.model_fields

    assert rows
    assert {name: float(told.replace(",", "")) for name, told in rows} == {
        name: fields[name.lower()].default for name, _ in rows
    }
    named = re.findall(r"`(STREAM_\w+)`", PAGE.read_text())
    assert [name for name in named if name.lower() not in fields] == []
