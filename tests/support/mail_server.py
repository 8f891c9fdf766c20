"""A mail server on this machine, speaking SMTP, that keeps what it is given; or refuses it."""

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.ports import quiet_port

HOST = "127.0.0.1"
# Every word of every conversation, otherwise.
logging.getLogger("mail.log").setLevel(logging.WARNING)


@dataclass
class Mailbox:
    """aiosmtpd's handler: what came, and what to answer."""

    mails: list[EmailMessage] = field(default_factory=list)
    # To whom the envelopes said, mail by mail.
    recipients: list[str] = field(default_factory=list)
    # What the next recipients or bodies are answered instead of 250, one each.
    refuse_recipients: list[str] = field(default_factory=list)
    refuse_bodies: list[str] = field(default_factory=list)
    # So many bodies are taken, and the connection is cut before the answer.
    cut_after_bodies: int = 0
    tries: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT TO."""
        self.tries += 1
        if self.refuse_recipients:
            return self.refuse_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """The mail itself."""
        if self.refuse_bodies:
            return self.refuse_bodies.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.extend(envelope.rcpt_tos)
        if self.cut_after_bodies:
            self.cut_after_bodies -= 1
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 OK"


@dataclass(frozen=True)
class MailServer:
    """A running one."""

    url: str
    box: Mailbox

    @property
    def mails(self) -> list[EmailMessage]:
        """What came, oldest first."""
        return self.box.mails


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """One without TLS or passwords."""
    box, port = Mailbox(), quiet_port()
    with _running(Controller(box, hostname=HOST, port=port, enable_SMTPUTF8=True)):
        yield MailServer(f"smtp+plain://{HOST}:{port}", box)


@contextmanager
def safe_mail_server(folder: Path, *, starttls: bool, user: str, password: str) -> Iterator[MailServer]:
    """One with TLS, that wants a password before it takes mail."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    certificate = make_certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    box, port = Mailbox(), quiet_port()
    options: dict[str, Any] = {"authenticator": check}
    if starttls:
        options |= {"tls_context": context, "require_starttls": True, "auth_required": True}
    else:
        # That everything is encrypted from the start is nothing that the library looks at.
        options |= {"ssl_context": context, "auth_require_tls": False}
    with _running(Controller(box, hostname=HOST, port=port, **options)):
        scheme = "smtp" if starttls else "smtps"
        yield MailServer(f"{scheme}://{user}:{password}@{HOST}:{port}?ca={certificate}", box)


def make_certificate(folder: Path) -> Path:
    """A certificate for this machine with its key, signed by itself; the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return file


@contextmanager
def _running(controller: Controller) -> Iterator[None]:
    controller.start()
    try:
        yield
    finally:
        controller.stop()
