"""docs/stream.md as its tests read it: its messages, and its parts of the example programs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "stream.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CLIENTS, _RELAYS = "## What a client says", "## What the relay says"


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code in that language."""
    return [code for name, code in _BLOCK.findall(text) if name == language]


def clients_messages() -> list[str]:
    """What a client may say, by the page."""
    section = PAGE.read_text().partition(_CLIENTS)[2].partition(_RELAYS)[0]
    return [text for block in blocks(section, "json") for text, _ in _messages(block)]


def relays_messages() -> list[dict[str, Any]]:
    """What the relay says, by the page."""
    section = PAGE.read_text().partition(_RELAYS)[2]
    return [message for block in blocks(section, "json") for _, message in _messages(block)]


def _messages(block: str) -> Iterator[tuple[str, dict[str, Any]]]:
    # One may go over several lines.
    decoder, rest = json.JSONDecoder(), block.strip()
    while rest:
        message, length = decoder.raw_decode(rest)
        yield rest[:length], message
        rest = rest[length:].lstrip()
