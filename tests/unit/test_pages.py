"""What is written for people: each link leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "frontend" / "README.md"])
LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([\w-]+))?\)")


def headings(page: Path) -> set[str]:
    """The names that its headings have in links."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    broken = [
        f"{path}#{heading}"
        for path, heading in LINK.findall(page.read_text())
        if not (page.parent / path).exists()
        or (heading and heading not in headings(page.parent / path if path else page))
    ]

    assert broken == []


def test_each_decision_is_in_their_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = {path for path, _ in LINK.findall((folder / "README.md").read_text())}

    assert {page.name for page in folder.glob("*.md")} - {"README.md"} == listed
