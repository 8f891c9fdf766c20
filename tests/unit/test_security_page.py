"""docs/security.md: each row has an answer, none stands twice, and the tests that it names are there."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
# Level 1 and 2 of ASVS 5.0.0, by chapter; of V5 and V17 the page says why they don't apply.
_CHAPTERS = (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
_COUNTS = (27, 11, 19, 10, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16)
REQUIREMENTS = dict(zip(_CHAPTERS, _COUNTS, strict=True))
ANSWER = re.compile(r"(holds|not applicable|not met): \S.*")
NO_TEST = "-"
NAMED = re.compile(r"`([^`]+?)::([^`]+)`")


class Row(NamedTuple):
    """A requirement, and what the page says of it."""

    number: str
    level: str
    gist: str
    answer: str
    tests: str


def rows() -> list[Row]:
    """The rows of all chapters' tables."""
    lines = re.findall(r"^\| (\d+\.\d+\.\d+ \|.*) \|$", PAGE.read_text(), re.MULTILINE)
    return [Row(*(cell.strip() for cell in line.split(" | "))) for line in lines]


@cache
def names_in(file: Path) -> frozenset[str]:
    """The functions of a Python file, the titles of a TypeScript one."""
    text = file.read_text()
    if file.suffix != ".py":
        return frozenset(re.findall(r"\b(?:test|it)\('([^']+)'", text))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.parse(text).body if isinstance(node, functions))


def test_each_requirement_stands_once() -> None:
    counted = Counter(row.number for row in rows())

    assert [number for number, times in counted.items() if times > 1] == []
    assert Counter(int(number.partition(".")[0]) for number in counted) == REQUIREMENTS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.number)
def test_each_row_has_an_answer(row: Row) -> None:
    assert row.level in {"1", "2"}
    assert row.gist
    assert ANSWER.fullmatch(row.answer), "say whether it holds, why it doesn't apply, or what is missing"
    assert row.tests == NO_TEST or not NAMED.sub("", row.tests).strip(", "), "name tests as `file::test`"


def test_the_tests_it_names_are_there() -> None:
    named = {match for row in rows() for match in NAMED.findall(row.tests)}

    missing = [
        f"{file}::{name}"
        for file, name in sorted(named)
        if not (ROOT / file).is_file() or name not in names_in(ROOT / file)
    ]

    assert named
    assert missing == []
