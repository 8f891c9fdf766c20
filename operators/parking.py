"""The parked messages of PostgreSQL: what failed for good, and what is decided about it.

Why PostgreSQL and not Dramatiq's dead letters: docs/decisions/parked-messages.md.
"""

import hashlib
import json
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy.dialects.postgresql import insert

from market.trades import at_ms
from models import ParkedMessage
from runtime.failures import brief, error_kind

SUBJECT_CHARS_MAX = 100
ERROR_CHARS_MAX = 500
# The end is kept: it says where it went wrong.
TRACEBACK_CHARS_MAX = 8_000

# In the options of a message that was parked before: the id of its row.
PARKED_ID = "parked_id"


class State(StrEnum):
    """What was decided about a parked message."""

    PARKED = "parked"
    RETRIED = "retried"
    DROPPED = "dropped"


class NotParked(LookupError):
    """No message with this id is parked."""

    def __init__(self, parked_id: int) -> None:
        super().__init__(f"no message {parked_id} is parked; `flask queues parked` lists those that are")


@dataclass(frozen=True)
class Failure:
    """A message that was given up, and its last error."""

    actor: str
    queue: str
    args: Sequence[Any]
    kwargs: dict[str, Any]
    error: BaseException
    tries: int
    first_seen_at: datetime

    @classmethod
    def of(cls, message: Message[Any], queue: str, error: BaseException, tries: int) -> "Failure":
        """The failure of a message as Dramatiq has it."""
        seen = at_ms(message.message_timestamp)
        return cls(message.actor_name, queue, message.args, message.kwargs, error, tries, seen)

    @property
    def arguments(self) -> str:
        """As JSON: {"args": [...], "kwargs": {...}}."""
        return json.dumps({"args": list(self.args), "kwargs": self.kwargs}, sort_keys=True)

    @property
    def subject(self) -> str:
        """What it was about, as far as the first argument tells."""
        return subject_of(self.args[0]) if self.args else ""

    @property
    def fingerprint(self) -> str:
        """The same for failures that need be kept only once."""
        same = "\n".join((self.actor, self.arguments, error_kind(self.error)))
        return hashlib.sha256(same.encode()).hexdigest()


def subject_of(argument: object) -> str:
    """The argument as the subject of a parked message."""
    return _text(str(argument))[:SUBJECT_CHARS_MAX]


def park(connection: sa.Connection, failure: Failure, *, parked_max: int) -> bool:
    """Keeps the failure, or counts it when it is kept already; False when `parked_max` others are.

    Workers that park at the same time may pass the limit by as many as they are.
    """
    values = {
        "queue": failure.queue,
        "error": _text(brief(failure.error))[:ERROR_CHARS_MAX],
        "traceback": _text("".join(traceback.format_exception(failure.error)))[-TRACEBACK_CHARS_MAX:],
        "tries": failure.tries,
        "state": State.PARKED,
        "dropped_why": None,
    }
    known = sa.select(ParkedMessage.id).where(ParkedMessage.fingerprint == failure.fingerprint)
    if connection.scalar(known) is None and count_parked(connection) >= parked_max:
        return False
    statement = insert(ParkedMessage).values(
        fingerprint=failure.fingerprint,
        actor=failure.actor,
        subject=failure.subject,
        arguments=failure.arguments,
        error_kind=error_kind(failure.error),
        times=1,
        first_seen_at=failure.first_seen_at,
        **values,
    )
    again = values | {"times": ParkedMessage.times + 1, "newest_at": sa.func.now()}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[ParkedMessage.fingerprint], set_=again)
    )
    return True


def count_parked(connection: sa.Connection) -> int:
    """How many wait for somebody or for a retry's end."""
    query = sa.select(sa.func.count()).where(ParkedMessage.state != State.DROPPED)
    return connection.scalar(query) or 0


def kept_subjects(connection: sa.Connection, actor: str, subjects: Iterable[str]) -> list[str]:
    """Those of the subjects whose message the table has, whatever was decided about it."""
    query = sa.select(ParkedMessage.subject).where(
        ParkedMessage.actor == actor, ParkedMessage.subject.in_(list(subjects))
    )
    return list(connection.scalars(query))


def retry(database: sa.Engine, broker: RedisBroker, parked_id: int) -> None:
    """Enqueues the message again; its row goes once the actor is done with it.

    Enqueued before the row says so: a crash between the two can repeat the message, never lose it. Raises
    NotParked when it is not there or was dropped, and servers' errors.
    """
    with database.begin() as connection:
        row = connection.execute(_decide_on(parked_id)).one_or_none()
        if row is None:
            raise NotParked(parked_id)
        arguments = json.loads(row.arguments)
        broker.declare_queue(row.queue)
        broker.enqueue(
            Message(
                queue_name=row.queue,
                actor_name=row.actor,
                args=tuple(arguments["args"]),
                kwargs=arguments["kwargs"],
                options={PARKED_ID: parked_id},
            )
        )
        _decided(connection, parked_id, state=State.RETRIED)


def drop(database: sa.Engine, parked_id: int, *, why: str) -> None:
    """Gives the message up. Raises NotParked when it is not there or was dropped already."""
    with database.begin() as connection:
        if connection.execute(_decide_on(parked_id)).one_or_none() is None:
            raise NotParked(parked_id)
        _decided(connection, parked_id, state=State.DROPPED, dropped_why=why)


def done(connection: sa.Connection, parked_id: int) -> None:
    """The retried message has an end: nothing is left to decide. Changes nothing if it was parked again."""
    connection.execute(
        sa.delete(ParkedMessage)
        .where(ParkedMessage.id == parked_id)
        .where(ParkedMessage.state == State.RETRIED)
    )


def prune_dropped(connection: sa.Connection, *, days: int) -> int:
    """Deletes what was dropped so long ago; returns how many."""
    old = ParkedMessage.decided_at < sa.func.now() - timedelta(days=days)
    statement = sa.delete(ParkedMessage).where(ParkedMessage.state == State.DROPPED).where(old)
    return connection.execute(statement).rowcount


def _decide_on(parked_id: int) -> sa.Select[Any]:
    # Two who decide at the same time take turns, and the second sees what the first did.
    return (
        sa.select(ParkedMessage.__table__)
        .where(ParkedMessage.id == parked_id)
        .where(ParkedMessage.state != State.DROPPED)
        .with_for_update()
    )


def _decided(connection: sa.Connection, parked_id: int, **values: str) -> None:
    statement = sa.update(ParkedMessage).where(ParkedMessage.id == parked_id)
    connection.execute(statement.values(decided_at=sa.func.now(), **values))


def _text(text: str) -> str:
    """As PostgreSQL takes it: without NUL characters and halves of surrogate pairs."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()
