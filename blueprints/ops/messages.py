"""/ops/queues and /ops/messages: background work, what failed of it, and what to do about that."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from blueprints.errors import Rejected
from blueprints.fields import Body
from blueprints.ops.access import Reasoned, asked_by, for_operators
from blueprints.services import services
from models.base import epoch_ms
from operators.actions import ActionKind, recorded
from operators.messages import (
    arguments_of,
    parked_by_queue,
    parked_ids,
    parked_message,
    parked_messages,
    waiting_messages,
)
from operators.parking import NotParked, drop, retry
from operators.queue_figures import read_figures
from runtime.broker import Queue

bp = APIBlueprint("ops_messages", __name__, tag="Operators")

PAGE = 50
PAGES_MAX = 1_000
RETRIED_AT_ONCE_MAX = 500


class QueueRow(BaseModel):
    """One queue: messages that are ready, delayed, in workers' hands, parked; times in ms since the epoch."""

    queue: str
    ready: int
    delayed: int
    inWork: int
    parked: int
    dead: int
    oldestReadyAt: int | None


class QueueList(BaseModel):
    """Every queue."""

    queues: list[QueueRow]


class WaitingQuery(Body):
    """Those that wait for a worker, or for their next try."""

    state: Literal["ready", "delayed"] = "ready"


class WaitingRow(BaseModel):
    """A message in a queue; times in ms since the epoch. failures: tries that failed."""

    messageId: str
    actor: str
    arguments: dict[str, Any]
    madeAt: int
    dueAt: int | None
    failures: int


class WaitingList(BaseModel):
    """Those in front first, 100 at most."""

    messages: list[WaitingRow]


class ParkedQuery(Body):
    """actor: only its messages; dropped: also those that were given up."""

    actor: Annotated[str, Field(max_length=100)] | None = None
    dropped: bool = False
    page: Annotated[int, Field(ge=1, le=PAGES_MAX)] = 1


class ParkedRow(BaseModel):
    """A message that failed for good; times in ms since the epoch. times: how often the same has failed."""

    id: int
    state: Literal["parked", "retried", "dropped"]
    actor: str
    queue: str
    subject: str
    error: str
    tries: int
    times: int
    parkedAt: int
    newestAt: int


class ParkedList(BaseModel):
    """Those that failed last in front."""

    messages: list[ParkedRow]
    more: bool


class ParkedWhole(ParkedRow):
    """With what it was to do, and where it went wrong."""

    arguments: dict[str, Any]
    traceback: str
    droppedWhy: str | None


class RetryAllBody(Reasoned):
    """actor: only its messages."""

    actor: Annotated[str, Field(max_length=100)] | None = None


class Retried(BaseModel):
    """How many are in their queues again; more: there are others."""

    retried: int
    more: bool


@bp.get("/queues")
@for_operators
@bp.output(QueueList)
@bp.doc(security="bearer")
def queues() -> QueueList:
    """How full the queues are."""
    with services().engine.connect() as connection:
        parked = parked_by_queue(connection)
    return QueueList(
        queues=[
            QueueRow(
                queue=one.queue,
                ready=one.ready,
                delayed=one.delayed,
                inWork=one.in_work,
                parked=parked.get(one.queue, 0),
                dead=one.dead,
                oldestReadyAt=epoch_ms(one.oldest_ready_at) if one.oldest_ready_at else None,
            )
            for one in read_figures(services().broker)
        ]
    )


@bp.get("/queues/<queue>/messages")
@for_operators
@bp.input(WaitingQuery, location="query", arg_name="query")
@bp.output(WaitingList)
@bp.doc(security="bearer", responses={404: "No such queue"})
def waiting(queue: str, query: WaitingQuery) -> WaitingList:
    """What waits in a queue."""
    if queue not in list(Queue):
        raise Rejected(404, "queue_unknown", "There is no such queue")
    found = waiting_messages(services().broker, Queue(queue), delayed=query.state == "delayed")
    return WaitingList(
        messages=[
            WaitingRow(
                messageId=message.message_id,
                actor=message.actor_name,
                arguments={"args": list(message.args), "kwargs": message.kwargs},
                madeAt=message.message_timestamp,
                dueAt=message.options.get("eta"),
                failures=message.options.get("failures", 0),
            )
            for message in found
        ]
    )


@bp.get("/messages")
@for_operators
@bp.input(ParkedQuery, location="query", arg_name="query")
@bp.output(ParkedList)
@bp.doc(security="bearer")
def parked(query: ParkedQuery) -> ParkedList:
    """Messages that failed on every try."""
    with services().engine.connect() as connection:
        rows = parked_messages(
            connection, actor=query.actor, dropped=query.dropped, page=query.page, limit=PAGE
        )
    return ParkedList(messages=[ParkedRow(**_fields(row)) for row in rows[:PAGE]], more=len(rows) > PAGE)


@bp.get("/messages/<int(max=9007199254740991):parked_id>")
@for_operators
@bp.output(ParkedWhole)
@bp.doc(security="bearer", responses={404: "No such message"})
def one(parked_id: int) -> ParkedWhole:
    """One of them: its arguments, its error and where it was raised."""
    with services().engine.connect() as connection:
        row = parked_message(connection, parked_id)
    if row is None:
        raise _unknown()
    return ParkedWhole(
        **_fields(row),
        arguments=arguments_of(row),
        traceback=row["traceback"],
        droppedWhy=row["dropped_why"],
    )


@bp.post("/messages/<int(max=9007199254740991):parked_id>/retry")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(Retried)
@bp.doc(security="bearer", responses={404: "No such message, or it was dropped"})
def retry_one(parked_id: int, body: Reasoned) -> Retried:
    """Put a message back into its queue, for as many tries as a new one has."""
    with recorded(services().engine, asked_by(body), ActionKind.MESSAGE_RETRIED, f"message {parked_id}"):
        try:
            retry(services().engine, services().broker, parked_id)
        except NotParked:
            raise _unknown() from None
    return Retried(retried=1, more=False)


@bp.post("/messages/retry")
@for_operators
@bp.input(RetryAllBody, location="json", arg_name="body")
@bp.output(Retried)
@bp.doc(security="bearer")
def retry_all(body: RetryAllBody) -> Retried:
    """Put all parked messages back, or those of an actor; 500 at once."""
    subject = f"actor {body.actor}" if body.actor else "all messages"
    with recorded(services().engine, asked_by(body), ActionKind.MESSAGES_RETRIED, subject):
        with services().engine.connect() as connection:
            ids = parked_ids(connection, actor=body.actor, most=RETRIED_AT_ONCE_MAX + 1)
        retried = 0
        for parked_id in ids[:RETRIED_AT_ONCE_MAX]:
            try:
                retry(services().engine, services().broker, parked_id)
            except NotParked:
                # Somebody else has decided about it meanwhile.
                continue
            retried += 1
    return Retried(retried=retried, more=len(ids) > RETRIED_AT_ONCE_MAX)


@bp.post("/messages/<int(max=9007199254740991):parked_id>/drop")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(ParkedRow)
@bp.doc(security="bearer", responses={404: "No such message, or it was dropped"})
def drop_one(parked_id: int, body: Reasoned) -> ParkedRow:
    """Give a message up: what it was to do is not done."""
    with recorded(services().engine, asked_by(body), ActionKind.MESSAGE_DROPPED, f"message {parked_id}"):
        try:
            drop(services().engine, parked_id, why=body.reason)
        except NotParked:
            raise _unknown() from None
    with services().engine.connect() as connection:
        row = parked_message(connection, parked_id)
    if row is None:
        raise _unknown()
    return ParkedRow(**_fields(row))


def _unknown() -> Rejected:
    return Rejected(404, "message_unknown", "There is no such parked message")


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    same = ("id", "state", "actor", "queue", "subject", "error", "tries", "times")
    return {name: row[name] for name in same} | {
        "parkedAt": epoch_ms(row["parked_at"]),
        "newestAt": epoch_ms(row["newest_at"]),
    }
