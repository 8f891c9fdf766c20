"""The mails' words: every mail in text and HTML, and nothing in them that isn't text."""

from html.parser import HTMLParser

import pytest

from accounts.outbox import NOTICE_DETAILS, Notice
from runtime.settings import Settings
from workers.mails.render import SUBJECTS, TEMPLATES, Rendered, moment, render

CODES = {"verify", "verify_contested", "reset", "change"}
OTHERS = {"taken", "change_taken", "reset_without_password"}
SHARED = {"layout", "code"}


def values(name: str) -> dict[str, object]:
    """What that mail is about."""
    told: dict[str, object] = {"email": "ann@example.com"}
    if name in CODES:
        return told | {"code": "123456", "until": "14:05 UTC"}
    if name == "reset_without_password":
        return told | {"providers": "google or github"}
    if name in OTHERS:
        return told
    details = {detail: f"a {detail}" for detail in NOTICE_DETAILS.get(Notice(name), ())}
    return told | details | {"when": moment(1_772_625_600_123), "address": "203.0.113.7"}


def mail(name: str, /, **changed: object) -> Rendered:
    """The mail of that name, on a desk at desk.example."""
    settings = Settings(_env_file=None, public_url="https://desk.example/")
    return render(name, settings, **values(name) | changed)


def test_every_notice_and_every_template_is_a_mail() -> None:
    assert SUBJECTS.keys() == CODES | OTHERS | set(Notice)
    pairs = {f"{name}.{ending}" for name in SUBJECTS.keys() | SHARED for ending in ("txt", "html")}
    assert {file.name for file in TEMPLATES.iterdir()} == pairs


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_every_mail_says_why_it_came_and_what_to_do_if_it_was_not_you(name: str) -> None:
    words = mail(name)
    for text in (words.text, words.html):
        assert "You get this mail because" in text
        assert "It was not you? Then " in text
        assert "https://desk.example" in text
        assert "ann@example.com" in text
        assert "{" not in text.replace("{text", "")
        assert "desk.example//" not in text
    assert words.subject.endswith(" - cfdesk")
    assert not any(character.isdigit() for character in words.subject)
    # Lines as mail servers like them
    assert max(map(len, words.html.splitlines())) < 998
    _Balanced().feed(words.html)


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_code_and_its_end_are_in_the_mail(name: str) -> None:
    words = mail(name)
    assert "\n    123456\n" in words.text
    for text in (words.text, words.html):
        assert text.count("123456") == 1
        assert "14:05 UTC" in text


def test_a_notice_says_when_and_from_where() -> None:
    for text in (mail("password_changed").text, mail("password_changed").html):
        assert "on 4 March 2026, 12:00 UTC, from the address 203.0.113.7" in text


def test_what_people_name_is_text_and_no_html() -> None:
    words = mail("key_made", name="<a href='https://evil.example'>x</a>")
    assert "<a href='https://evil.example'>" not in words.html
    assert "&lt;a href=" in words.html


class _Balanced(HTMLParser):
    """Fails when a tag is closed that isn't open."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
