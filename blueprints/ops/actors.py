"""/ops/actors: kinds of background work, how they fare, and pausing one."""

import time
from collections import Counter

from apiflask import APIBlueprint
from pydantic import BaseModel

from blueprints.errors import Rejected
from blueprints.ops.access import Reasoned, asked_by, for_operators
from blueprints.services import services
from operators.actions import ActionKind, recorded
from operators.pauses import NEVER_PAUSED, NeverPaused, Pause, pause, paused_actors, resume
from runtime.broker import QUEUE_OF, Actor
from runtime.published_metrics import read_metrics

bp = APIBlueprint("ops_actors", __name__, tag="Operators")

_COUNTED = "cfdesk_actor_messages_total"


class ActorRow(BaseModel):
    """One kind of work; pausedSince in ms since the epoch, null while it goes on.

    Tries since the workers that live were started: done, failed, away (a server was); messages parked.
    """

    actor: str
    queue: str
    mayPause: bool
    pausedSince: int | None
    pausedWhy: str | None
    done: int
    failed: int
    away: int
    parked: int


class ActorList(BaseModel):
    """All of them; at: the server's time in ms since the epoch."""

    at: int
    actors: list[ActorRow]


@bp.get("/actors")
@for_operators
@bp.output(ActorList)
@bp.doc(security="bearer")
def actors() -> ActorList:
    """Every actor, and how its messages ended."""
    return ActorList(at=int(time.time() * 1000), actors=_rows())


@bp.post("/actors/<actor>/pause")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(ActorRow)
@bp.doc(security="bearer", responses={404: "No such actor", 409: "The desk can't do without it"})
def pause_one(actor: str, body: Reasoned) -> ActorRow:
    """Start no message of it until it is resumed: they wait, and others go on."""
    mine = _actor(actor)
    asked = asked_by(body)
    with recorded(services().engine, asked, ActionKind.ACTOR_PAUSED, f"actor {mine}"):
        try:
            pause(services().queues, mine, asked, now_ms=int(time.time() * 1000))
        except NeverPaused:
            raise Rejected(
                409, NeverPaused.code, "This can't be paused: it applies what operators decide"
            ) from None
    return _as_it_is(mine)


@bp.post("/actors/<actor>/resume")
@for_operators
@bp.input(Reasoned, location="json", arg_name="body")
@bp.output(ActorRow)
@bp.doc(security="bearer", responses={404: "No such actor"})
def resume_one(actor: str, body: Reasoned) -> ActorRow:
    """Let it go on."""
    mine = _actor(actor)
    with recorded(services().engine, asked_by(body), ActionKind.ACTOR_RESUMED, f"actor {mine}"):
        resume(services().queues, mine)
    return _as_it_is(mine)


def _actor(name: str) -> Actor:
    if name not in list(Actor):
        raise Rejected(404, "actor_unknown", "There is no such actor")
    return Actor(name)


def _rows() -> list[ActorRow]:
    counts: Counter[tuple[str, str]] = Counter()
    for metric in read_metrics(services().queues, "worker"):
        for sample in metric.samples:
            if sample.name == _COUNTED:
                counts[sample.labels["actor"], sample.labels["outcome"]] += int(sample.value)
    paused = paused_actors(services().queues)
    return [_row(actor, paused.get(actor), counts) for actor in Actor]


def _as_it_is(actor: Actor) -> ActorRow:
    (row,) = (one for one in _rows() if one.actor == actor)
    return row


def _row(actor: Actor, paused: Pause | None, counts: Counter[tuple[str, str]]) -> ActorRow:
    return ActorRow(
        actor=actor,
        queue=QUEUE_OF[actor],
        mayPause=actor not in NEVER_PAUSED,
        pausedSince=paused.since_ms if paused else None,
        pausedWhy=paused.reason if paused else None,
        done=counts[actor, "done"],
        failed=counts[actor, "failed"],
        away=counts[actor, "away"],
        parked=counts[actor, "parked"],
    )
