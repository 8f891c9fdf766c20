"""The way to the mail server: SMTP with STARTTLS, with TLS from the start, or plain; or into the log."""

import re
import smtplib
import ssl
from email.message import EmailMessage
from typing import Protocol

from runtime.logs import get_logger
from runtime.mail_url import MailServer, Security, parse_mail_url
from runtime.settings import Settings

log = get_logger(__name__)

# RFC 3463: the mailbox, or its domain, isn't there or takes no mail. Not 5.7: that is a server's mistrust in
# us, which our operator can mend.
_NO_SUCH_MAILBOX = re.compile(rb"5\.[12]\.\d{1,3}\b")
_ANY_STATUS = re.compile(rb"\b5\.\d{1,3}\.\d{1,3}\b")
_BARE_REFUSALS = {550, 551, 553}
# A server may quote what it refuses.
_CODE = re.compile(r"\d{6}")
_REPLY_CHARS_MAX = 200


class MailNotSent(Exception):
    """The server could not be reached, or did not take the mail; another try may help."""


class Undeliverable(Exception):
    """There is no such mailbox: no try will help, and nobody here can."""


class Transport(Protocol):
    """Where mails go."""

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hands the mail over. Raises MailNotSent, Undeliverable."""


class Console:
    """The log, for development: whoever reads it may be anybody."""

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Shows the mail's text."""
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        log.info(f"mail to {recipient}: {message['Subject']}\n{text}")


class Smtp:
    """A mail server. Each mail has a connection of its own: they are few."""

    def __init__(self, server: MailServer, *, sender: str, timeout_s: float) -> None:
        self._server = server
        self._sender = sender
        self._timeout_s = timeout_s

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hands the mail over. Raises MailNotSent, Undeliverable."""
        # Without their causes: a traceback that is parked tells no more than these.
        try:
            with self._connect() as smtp:
                smtp.send_message(message, self._sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            [(code, reply)] = error.recipients.values()
            kind = Undeliverable if _no_such_mailbox(code, reply) else MailNotSent
            raise kind(_words("recipient refused", code, reply)) from None
        except smtplib.SMTPNotSupportedError as error:
            if recipient.isascii():
                # STARTTLS, or signing in.
                raise MailNotSent(str(error)) from None
            raise Undeliverable("the server can't mail to addresses beyond ASCII") from None
        except smtplib.SMTPResponseException as error:
            words = _words(type(error).__name__, error.smtp_code, error.smtp_error)
            raise MailNotSent(words) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailNotSent(f"{type(error).__name__}: {_CODE.sub('******', str(error))}") from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout_s, context=self._trust()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout_s)
        try:
            if server.security is Security.STARTTLS:
                smtp.starttls(context=self._trust())
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca_file or None)


def transport(settings: Settings, *, sender: str) -> Transport:
    """What MAIL_URL says. sender: the address of the envelope."""
    server = parse_mail_url(settings.mail_url.get_secret_value())
    if server is None:
        return Console()
    return Smtp(server, sender=sender, timeout_s=settings.mail_timeout_s)


def _no_such_mailbox(code: int, reply: bytes) -> bool:
    if _ANY_STATUS.search(reply):
        return bool(_NO_SUCH_MAILBOX.search(reply))
    return code in _BARE_REFUSALS


def _words(what: str, code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{what}: {code} {_CODE.sub('******', text)}"[:_REPLY_CHARS_MAX]
