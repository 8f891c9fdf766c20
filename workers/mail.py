"""Mails: codes that prove a mailbox, and notices of what concerns an account's safety.

The actor is told no more than which: of a code, the id of its mail; what to write, and whether there is to be
a code at all, PostgreSQL says when it is sent. A mail's Message-ID is the same however often it is sent, so
that a mailbox that gets it twice can tell; a code that is made again makes it another mail.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

import sqlalchemy as sa
from email_validator import validate_email
from sqlalchemy.orm import Session

from accounts.challenges import CODE_DIGITS, Purpose, code_mac
from accounts.keyring import Keyring
from accounts.outbox import MailKind, Notice
from models import EmailChallenge, OAuthAccount, User
from runtime.logs import get_logger
from runtime.mail_url import parse_sender
from runtime.settings import Settings
from workers.mails.render import moment, render
from workers.mails.transport import Undeliverable, transport
from workers.resources import resources

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mail:
    """One to be sent: its template, for whom, with what in it. key: the same for each try of the mail."""

    name: str
    email: str
    values: dict[str, object]
    key: str


def send_mail(kind: str, *words: object) -> None:
    """Actor: sends a mail. kind: accounts.outbox.MailKind; words: what Outbox says of it."""
    mine = resources()
    Mailer(mine.database, mine.settings).send(kind, *words)


class Mailer:
    """Writes mails and hands them to the mail server."""

    def __init__(self, database: sa.Engine, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._keyring = Keyring(settings)
        self._sender = parse_sender(settings.mail_from)
        self._transport = transport(settings, sender=self._sender.addr_spec)

    def send(self, kind: str, *words: object) -> None:
        """Sends it, if it is still wanted; a mailbox that isn't there is only logged.

        Raises MailNotSent, and email_validator.EmailNotValidError for what is not one address.
        """
        mail = self._code(UUID(str(words[0]))) if kind == MailKind.CODE else _notice(*words)
        if mail is None:
            log.info("no mail: nobody is to get it, or not any more", kind=kind)
            return
        # Of a domain beyond ASCII as every server knows it.
        address = validate_email(mail.email, check_deliverability=False)
        recipient = address.ascii_email or address.normalized
        try:
            self._transport.send(self._message(mail, recipient), recipient)
        except Undeliverable as error:
            log.warning("undeliverable", mail=mail.name, error=str(error))
        else:
            log.info("mailed", mail=mail.name)

    def _code(self, mail_id: UUID) -> Mail | None:
        """The mail of a challenge; None when another was asked for, it is used, or nobody is concerned."""
        with Session(self._database) as session, session.begin():
            query = sa.select(EmailChallenge).where(
                EmailChallenge.mail_id == mail_id, EmailChallenge.expires_at > sa.func.now()
            )
            challenge = session.scalar(query.with_for_update())
            if challenge is None:
                return None
            holder = session.scalar(sa.select(User).where(User.email == challenge.email))
            if not _gets_a_code(challenge, holder):
                return _without_code(session, challenge, holder, mail_id)
            code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
            challenge.code_hash = code_mac(self._keyring, mail_id, code)
            name = challenge.purpose
            if name == Purpose.VERIFY and challenge.contested:
                name = "verify_contested"
            until = challenge.expires_at.astimezone(UTC).strftime("%H:%M UTC")
            values: dict[str, object] = {"email": challenge.email, "code": code, "until": until}
            return Mail(name, challenge.email, values, key=challenge.code_hash)

    def _message(self, mail: Mail, recipient: str) -> EmailMessage:
        """As RFC 5322 wants it; the library refuses what would begin another header."""
        words = render(mail.name, self._settings, **mail.values)
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        name, _, domain = recipient.rpartition("@")
        message["To"] = Address(username=name, domain=domain)
        message["Subject"] = words.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        digest = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{self._sender.domain}>"
        # RFC 3834: no holiday answers.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words.text)
        message.add_alternative(words.html, subtype="html")
        return message


def _gets_a_code(challenge: EmailChallenge, holder: User | None) -> bool:
    """Whether a code would do something: for a new address, that it is nobody's yet."""
    if challenge.purpose == Purpose.CHANGE:
        return holder is None or holder.id == challenge.user_id
    return challenge.user_id is not None


def _without_code(
    session: Session, challenge: EmailChallenge, holder: User | None, mail_id: UUID
) -> Mail | None:
    """What the address's owner is told instead; nobody is told of an account that isn't."""
    if holder is None:
        return None
    values: dict[str, object] = {"email": challenge.email}
    if challenge.purpose == Purpose.CHANGE:
        return Mail("change_taken", challenge.email, values, key=str(mail_id))
    if challenge.purpose == Purpose.VERIFY:
        return Mail("taken", challenge.email, values, key=str(mail_id))
    providers = session.scalars(
        sa.select(OAuthAccount.provider)
        .where(OAuthAccount.user_id == holder.id)
        .order_by(OAuthAccount.provider)
    )
    values["providers"] = " or ".join(providers)
    return Mail("reset_without_password", challenge.email, values, key=str(mail_id))


def _notice(*words: object) -> Mail:
    notice, email, at_ms, address, details = words
    assert isinstance(at_ms, int)
    assert isinstance(details, dict)
    values = {"email": email, "when": moment(at_ms), "address": address, **details}
    key = json.dumps(words, sort_keys=True)
    return Mail(Notice(str(notice)).value, str(email), values, key=key)
