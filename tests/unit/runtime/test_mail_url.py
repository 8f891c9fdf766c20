"""What MAIL_URL and MAIL_FROM may say."""

import pytest
from pydantic import ValidationError

from runtime.mail_url import MailServer, Security, parse_mail_url, parse_sender
from runtime.settings import Settings


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("console:", None),
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, Security.STARTTLS)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, Security.TLS)),
        ("smtp+plain://127.0.0.1:1025/", MailServer("127.0.0.1", 1025, Security.NONE)),
        (
            "smtp://ann%40example.com:p%3Aw%2F@mail.example.com:2525?ca=/etc/desk/ca.pem",
            MailServer(
                *("mail.example.com", 2525, Security.STARTTLS, "ann@example.com", "p:w/", "/etc/desk/ca.pem")
            ),
        ),
    ],
)
def test_a_mail_server_is_read(url: str, server: MailServer | None) -> None:
    assert parse_mail_url(url) == server
    assert "p:w/" not in repr(parse_mail_url(url))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:secret",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?tls=no",
        "smtp+plain://ann:secret@mail.example.com",
    ],
)
def test_what_is_no_mail_server_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError, match="MAIL_URL") as refused:
        Settings(_env_file=None, mail_url=url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "cfdesk", "a@b.example, c@d.example", "x\r\nBcc: <a@b.example>"])
def test_the_sender_is_one_address(sender: str) -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        parse_sender(sender)
    assert parse_sender("Ünser Tisch <no-reply@desk.example>").addr_spec == "no-reply@desk.example"
