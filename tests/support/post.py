"""Mails that a test's desk sends, read as their receivers do."""

import re
from email.message import EmailMessage

import sqlalchemy as sa

from runtime.broker import Actor, Queue, connect_broker
from runtime.settings import Settings
from tests.support.mail_server import MailServer
from workers.mail import Mailer

_CODE = re.compile(r"^ {4}(\d{6})\s*$", re.MULTILINE)


class Post:
    """Does the mail actor's work whenever a test asks, on what is really in its queue."""

    def __init__(self, server: MailServer, database: sa.Engine, settings: Settings) -> None:
        self.server = server
        self._broker = connect_broker(settings)
        self._broker.declare_queue(Queue.MAIL)
        self._mailer = Mailer(database, settings)

    def deliver(self) -> list[EmailMessage]:
        """Sends what waits in the queue; the mails that came of it."""
        before = len(self.server.mails)
        consumer = self._broker.consume(Queue.MAIL, prefetch=100, timeout=10)
        for message in iter(consumer):
            if message is None:
                break
            assert message.actor_name == Actor.MAIL
            self._mailer.send(*message.args)
            consumer.ack(message)
        return self.server.mails[before:]

    def code_to(self, email: str) -> str:
        """The code in the newest mail to that address, once what waits is sent."""
        self.deliver()
        return code_in([mail for mail in self.server.mails if mail["To"] == email][-1])


def text_of(mail: EmailMessage) -> str:
    """A mail's plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(mail: EmailMessage) -> str:
    """A mail's HTML."""
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def code_in(mail: EmailMessage) -> str:
    """The code that a mail brings."""
    found = _CODE.search(text_of(mail))
    assert found, text_of(mail)
    return found[1]


def other_than(code: str) -> str:
    """A code that is wrong."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
