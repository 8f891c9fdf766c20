"""What MAIL_URL says: which mail server, and how to speak to it."""

from dataclasses import dataclass, field
from email.headerregistry import Address, HeaderRegistry
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

CONSOLE = "console:"


class Security(StrEnum):
    """What becomes of the connection before anything is said on it."""

    # Asked for, and wanted: a server without it gets no mail.
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_SCHEMES = {
    "smtp": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
    "smtp+plain": (Security.NONE, 25),
}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails go. ca_file: who vouches for the server, when that is nobody the system knows."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


def parse_mail_url(url: str) -> MailServer | None:
    """The server; None for the console. Raises ValueError, which never repeats the URL: it has a password."""
    if url == CONSOLE:
        return None
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(
            "MAIL_URL must be smtp://user:password@host:587, smtps://...:465, smtp+plain://host:25"
            " or console:"
        )
    security, port = _SCHEMES[parts.scheme]
    try:
        port = parts.port or port
    except ValueError:
        raise ValueError("MAIL_URL has no valid port") from None
    options = parse_qs(parts.query)
    if (parts.path not in {"", "/"}) or options.keys() - {"ca"}:
        raise ValueError("MAIL_URL may end in ?ca=FILE, and has no other path or option")
    here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.username and security is Security.NONE and not here:
        raise ValueError("MAIL_URL would send its password in the clear: use smtp:// or smtps://")
    return MailServer(
        host=parts.hostname,
        port=port,
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ca_file=options.get("ca", [""])[0],
    )


def parse_sender(text: str) -> Address:
    """The sender that MAIL_FROM says: `name <address>`, or an address. Raises ValueError."""
    wrong = ValueError("MAIL_FROM must be one address: cfdesk <no-reply@desk.example.com>")
    if any(character in text for character in "\r\n"):
        raise wrong
    header = HeaderRegistry()("From", text)
    addresses: tuple[Address, ...] = getattr(header, "addresses", ())
    if header.defects or len(addresses) != 1:
        raise wrong
    [address] = addresses
    if not address.username or not address.domain:
        raise wrong
    return address
