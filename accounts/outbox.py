"""Mails on their way to the mail actor. What it is told holds no secret."""

import time
from enum import StrEnum
from uuid import UUID

import redis
from dramatiq.brokers.redis import RedisBroker

from accounts.audit import Visitor
from runtime.broker import Actor, Queue, enqueue
from runtime.logs import get_logger
from runtime.settings import Settings

log = get_logger(__name__)


class MailKind(StrEnum):
    """The two kinds of mails, as the actor's first argument says."""

    CODE = "code"
    NOTICE = "notice"


class Notice(StrEnum):
    """What an account's owner is told, in case it was somebody else. Each has templates of its name."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a mail
    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    PROVIDER_LINKED = "provider_linked"
    PROVIDER_UNLINKED = "provider_unlinked"
    CLAIMED = "claimed"
    KEY_MADE = "key_made"


# What a notice says besides when and from where.
NOTICE_DETAILS: dict[Notice, frozenset[str]] = {
    Notice.EMAIL_CHANGED: frozenset({"new_email"}),
    Notice.RECOVERY_CODE_USED: frozenset({"left"}),
    Notice.PROVIDER_LINKED: frozenset({"provider"}),
    Notice.PROVIDER_UNLINKED: frozenset({"provider"}),
    Notice.CLAIMED: frozenset({"by"}),
    Notice.KEY_MADE: frozenset({"name"}),
}


class Outbox:
    """Tells the actor what to mail, after the commit of what it is about. Without mail it does nothing."""

    def __init__(self, broker: RedisBroker, settings: Settings) -> None:
        self._broker = broker
        self._configured = settings.mail_configured

    def code(self, mail_id: UUID | None) -> None:
        """The code of a challenge, or what else its address is to be told. Raises redis' errors."""
        if mail_id is not None and self._configured:
            enqueue(self._broker, Actor.MAIL, Queue.MAIL, MailKind.CODE, str(mail_id))

    def notice(self, notice: Notice, email: str, visitor: Visitor, **details: str | int) -> None:
        """Tells the owner of what has happened; `details` as NOTICE_DETAILS says.

        What has happened stays so when Redis is away: the mail is missing then, the security event isn't.
        """
        assert details.keys() == NOTICE_DETAILS.get(notice, frozenset()), (notice, details.keys())
        if not self._configured:
            return
        at_ms = time.time_ns() // 1_000_000
        told = (MailKind.NOTICE, notice, email, at_ms, visitor.address, details)
        try:
            enqueue(self._broker, Actor.MAIL, Queue.MAIL, *told)
        except redis.RedisError as error:
            log.warning("a notice is not mailed: redis is away", notice=notice, error=type(error).__name__)
