"""The mail actor, and what becomes of mails that a mail server doesn't take."""

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis
import sqlalchemy as sa
from email_validator import EmailNotValidError
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from accounts.audit import Visitor
from accounts.challenges import Challenges, Purpose
from accounts.errors import WrongCode
from accounts.keyring import Keyring
from accounts.outbox import Notice, Outbox
from models import EmailChallenge, ParkedMessage, User
from runtime.broker import Queue, sending_broker
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.back_office import BackOffice
from tests.support.books import rows
from tests.support.mail_server import MailServer, mail_server, make_certificate, safe_mail_server
from tests.support.post import code_in, html_of, text_of
from tests.support.waiting import eventually
from workers.mail import Mailer
from workers.mails.transport import MailNotSent, Undeliverable, transport

ANN = "ann@example.com"
VISITOR = Visitor("203.0.113.7", "tests")


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def mail_settings(settings: Settings, mails: MailServer) -> Settings:
    """Settings of a desk that sends mail through it."""
    return on(settings, mails.url)


def on(settings: Settings, url: str) -> Settings:
    """The settings, with that mail server."""
    return settings.model_copy(update={"mail_url": SecretStr(url), "mail_timeout_s": 2.0})


def challenge(database: sa.Engine, settings: Settings) -> UUID:
    """A code asked for by a new account; the id of its mail."""
    user = User(id=uuid4(), email=ANN, password_hash="x", email_verified_at=None, role="trader")
    challenges = Challenges(database, Keyring(settings), settings)
    with Session(database) as session, session.begin():
        session.add(user)
        session.flush()
        mail_id = challenges.ask(session, Purpose.VERIFY, ANN, email=ANN, user_id=user.id)
    assert mail_id is not None
    return mail_id


def notice(settings: Settings, database: sa.Engine) -> None:
    """Sends a notice at once."""
    Mailer(database, settings).send("notice", "password_changed", ANN, 1_772_625_600_123, "203.0.113.7", {})


def message() -> EmailMessage:
    """A mail of the test's own."""
    mail = EmailMessage()
    mail["Subject"] = "A test"
    mail.set_content("of 123456 words")
    return mail


def test_a_worker_mails_codes_and_notices_in_both_forms(
    office: BackOffice, mails: MailServer, queues: redis.Redis
) -> None:
    settings = on(office.settings, mails.url)
    outbox = Outbox(sending_broker(queues), settings)
    worker = office.start_worker(mail_url=mails.url, log_level="INFO")
    outbox.code(challenge(office.database, settings))
    outbox.notice(Notice.PASSWORD_CHANGED, ANN, VISITOR)
    eventually(lambda: len(mails.mails) == 2, limit_s=30, what="two mails")
    code, told = sorted(mails.mails, key=lambda mail: str(mail["Subject"]))
    assert (code["To"], code["From"]) == (ANN, "cfdesk <no-reply@localhost>")
    assert code["Subject"] == "Confirm your e-mail - cfdesk"
    assert told["Auto-Submitted"] == "auto-generated"
    assert code_in(code) in html_of(code)
    assert "from the address 203.0.113.7" in text_of(told)
    # What the worker says of it holds neither the code nor the address
    eventually(lambda: worker.output.count('"mailed"') == 2, what="the worker's word")
    assert code_in(code) not in worker.output
    assert ANN not in worker.output


def test_what_a_mail_server_does_not_take_is_tried_again(
    office: BackOffice, mails: MailServer, queues: redis.Redis
) -> None:
    # Given a server that is full at first, one notice among others
    mails.box.refuse_recipients += ["451 4.3.0 try later"] * 2
    settings = on(office.settings, mails.url)
    Outbox(sending_broker(queues), settings).notice(Notice.PASSWORD_CHANGED, ANN, VISITOR)
    worker = office.start_worker(mail_url=mails.url)
    eventually(lambda: len(mails.mails) == 1, limit_s=30, what="the third try")
    assert mails.box.tries == 3
    assert worker.output.count("451 4.3.0 try later") >= 2
    assert office.count(ParkedMessage) == 0


def test_a_dead_letter_is_parked_without_a_secret(office: BackOffice, queues: redis.Redis) -> None:
    # Given nobody at the mail server's port, and a message at its last try
    settings = on(office.settings, f"smtp+plain://127.0.0.1:{quiet_port()}")
    Outbox(sending_broker(queues), settings).code(challenge(office.database, settings))
    # The same message with nine failures behind it
    broker = office.broker
    taken = next(iter(broker.consume(Queue.MAIL, timeout=10)))
    assert taken is not None
    queues.flushdb()
    broker.declare_queue(Queue.MAIL)
    broker.enqueue(taken.copy(options={"failures": 9}))
    office.start_worker(mail_url=settings.mail_url.get_secret_value())
    eventually(lambda: office.count(ParkedMessage) == 1, limit_s=30, what="the parked message")
    [parked] = rows(office.database, ParkedMessage, "id")
    assert (parked["actor"], parked["subject"], parked["tries"]) == ("send_mail", "code", 10)
    assert parked["error"].startswith("MailNotSent: ConnectionRefusedError")
    assert ANN not in parked["arguments"] + parked["error"]


def test_a_notice_has_the_same_id_however_often_it_is_sent_and_another_code_another(
    mail_settings: Settings, mails: MailServer, database: sa.Engine
) -> None:
    # Given answers that are lost: the server has the mail, and nobody knows
    mails.box.cut_after_bodies = 2
    with pytest.raises(MailNotSent):
        notice(mail_settings, database)
    mailer, mail_id = Mailer(database, mail_settings), challenge(database, mail_settings)
    with pytest.raises(MailNotSent):
        mailer.send("code", str(mail_id))
    notice(mail_settings, database)
    mailer.send("code", str(mail_id))
    told, code, told_again, code_again = mails.mails
    assert told["Message-ID"] == told_again["Message-ID"]
    assert code["Message-ID"] != code_again["Message-ID"]
    # The newest code is the good one
    challenges = Challenges(database, Keyring(mail_settings), mail_settings)
    if code_in(code) != code_in(code_again):
        with pytest.raises(WrongCode):
            challenges.try_code(Purpose.VERIFY, ANN, code_in(code))
    challenges.try_code(Purpose.VERIFY, ANN, code_in(code_again))


def test_a_code_that_was_used_or_asked_for_anew_is_not_mailed_again(
    mail_settings: Settings, mails: MailServer, database: sa.Engine
) -> None:
    mail_id = challenge(database, mail_settings)
    mailer, challenges = Mailer(database, mail_settings), _challenges(database, mail_settings)
    mailer.send("code", str(mail_id))
    right = challenges.try_code(Purpose.VERIFY, ANN, code_in(mails.mails[0]))
    with Session(database) as session, session.begin():
        challenges.use(session, right)
    mailer.send("code", str(mail_id))
    assert len(mails.mails) == 1
    [row] = rows(database, EmailChallenge, "subject")
    assert (row["code_hash"], row["mail_id"]) == (None, None)


def _challenges(database: sa.Engine, settings: Settings) -> Challenges:
    return Challenges(database, Keyring(settings), settings)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 no such user", Undeliverable),
        ("550 5.2.1 mailbox disabled", Undeliverable),
        ("550 no such user", Undeliverable),
        ("550 5.7.1 we don't know you", MailNotSent),
        ("554 5.7.1 relay denied", MailNotSent),
        ("452 4.2.2 mailbox full", MailNotSent),
    ],
)
def test_a_mailbox_that_is_not_there_is_told_from_a_server_that_refuses_us(
    mail_settings: Settings, mails: MailServer, answer: str, error: type[Exception]
) -> None:
    mails.box.refuse_recipients.append(answer)
    with pytest.raises(error, match=answer[:3]):
        transport(mail_settings, sender="desk@example.com").send(message(), ANN)


def test_an_undeliverable_mail_is_no_failure(
    mail_settings: Settings, mails: MailServer, database: sa.Engine
) -> None:
    mails.box.refuse_recipients.append("550 5.1.1 no such user")
    notice(mail_settings, database)
    assert mails.mails == []


def test_what_a_server_quotes_of_a_mail_is_not_repeated(mail_settings: Settings, mails: MailServer) -> None:
    mails.box.refuse_bodies.append("554 5.6.0 refused: of 123456 words")
    with pytest.raises(MailNotSent, match=r"554 .*of \*{6} words") as refused:
        transport(mail_settings, sender="desk@example.com").send(message(), ANN)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("starttls", [True, False])
def test_mails_go_over_tls_with_a_password(
    tmp_path: Path, settings: Settings, database: sa.Engine, starttls: bool
) -> None:
    with safe_mail_server(tmp_path, starttls=starttls, user="desk", password="secret") as server:
        notice(on(settings, server.url), database)
        assert len(server.mails) == 1
        # A wrong password, and a certificate that nobody vouches for
        with pytest.raises(MailNotSent, match="SMTPAuthenticationError: 535"):
            notice(on(settings, server.url.replace("secret", "wrong")), database)
        with pytest.raises(MailNotSent, match="CERTIFICATE_VERIFY_FAILED"):
            notice(on(settings, server.url.partition("?")[0]), database)
        (other := tmp_path / "other").mkdir()
        stranger = f"{server.url.partition('?')[0]}?ca={make_certificate(other)}"
        with pytest.raises(MailNotSent, match="CERTIFICATE_VERIFY_FAILED"):
            notice(on(settings, stranger), database)
        assert len(server.mails) == 1


def test_a_server_without_starttls_gets_no_mail_where_it_is_asked_for(
    settings: Settings, mails: MailServer, database: sa.Engine
) -> None:
    with pytest.raises(MailNotSent, match="STARTTLS"):
        notice(on(settings, mails.url.replace("smtp+plain", "smtp")), database)
    assert mails.mails == []


def test_a_server_that_says_nothing_is_left_after_a_while(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = on(settings, f"smtp+plain://127.0.0.1:{port}").model_copy(update={"mail_timeout_s": 0.2})
        with pytest.raises(MailNotSent, match="timed out"):
            transport(server, sender="desk@example.com").send(message(), ANN)


@pytest.mark.parametrize(
    "email",
    [
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com\nSubject: other",
        "ann@example.com, eve@example.com",
        "eve@example.com <ann@example.com>",
    ],
)
def test_no_address_begins_another_header_or_is_several(
    mail_settings: Settings, mails: MailServer, database: sa.Engine, email: str
) -> None:
    mailer = Mailer(database, mail_settings)
    with pytest.raises(EmailNotValidError):
        mailer.send("notice", "password_changed", email, 1_772_625_600_123, "203.0.113.7", {})
    assert mails.mails == []


def test_an_address_beyond_ascii_is_mailed_to_where_the_server_can(
    mail_settings: Settings, mails: MailServer, database: sa.Engine
) -> None:
    email = "jürgen@bücher.example"
    Mailer(database, mail_settings).send(
        "notice", "password_changed", email, 1_772_625_600_123, "203.0.113.7", {}
    )
    assert mails.box.recipients == [email]


def test_on_the_console_mails_are_shown_in_the_log(settings: Settings, database: sa.Engine) -> None:
    with capture_logs() as logs:
        notice(on(settings, "console:"), database)
    assert any("mail to ann@example.com: Your password was changed" in line["event"] for line in logs)


def test_without_mail_nothing_is_enqueued(settings: Settings, queues: redis.Redis) -> None:
    outbox = Outbox(sending_broker(queues), settings)
    outbox.code(uuid4())
    outbox.notice(Notice.PASSWORD_CHANGED, ANN, VISITOR)
    assert queues.keys("*") == []


def test_a_notice_that_redis_does_not_take_stops_nothing(mail_settings: Settings) -> None:
    nowhere = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    Outbox(sending_broker(nowhere), mail_settings).notice(Notice.PASSWORD_CHANGED, ANN, VISITOR)
