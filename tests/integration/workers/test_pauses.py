"""An actor that operators pause starts nothing: its messages wait, others go on, no try is counted."""

import pytest
import redis

from models import Candle, ParkedMessage, Trade, TradeBatch
from operators.actions import Asked
from operators.parking import retry
from operators.pauses import NeverPaused, pause, paused_actors, resume
from runtime.broker import Actor, Queue, enqueue, queue_length
from tests.support.back_office import BackOffice
from tests.support.batches import send_batch
from tests.support.books import rows
from tests.support.market import make_trade, make_trades
from tests.support.waiting import eventually
from workers.pauses import AWAY_MS

ASKED = Asked("the mail server is being moved")
PARKED_LIMIT_S = 60.0
# A paused message comes back by then.
BACK_LIMIT_S = 10 * AWAY_MS / 1000


def stop(office: BackOffice, actor: Actor) -> None:
    """Pauses an actor."""
    pause(office.broker.client, actor, ASKED, now_ms=1_700_000_000_000)


def test_what_is_paused_waits_and_others_go_on(office: BackOffice) -> None:
    # Given an actor that is paused, whose work nobody starts again
    stop(office, Actor.TRADE_DAYS)
    worker = office.start_worker()
    enqueue(office.broker, Actor.TRADE_DAYS, Queue.UPKEEP)
    eventually(lambda: delayed(office) == 1, what="the message to be put back")
    # When another of the same queue comes behind it, then that is done
    enqueue(office.broker, Actor.PRUNE, Queue.UPKEEP)
    eventually(lambda: queue_length(office.broker, Queue.UPKEEP) == 1, what="the other to be done")
    # And once it goes on, it is done too, as a first try
    resume(office.broker.client, Actor.TRADE_DAYS)
    eventually(
        lambda: queue_length(office.broker, Queue.UPKEEP) == 0, limit_s=BACK_LIMIT_S, what="it to be done"
    )
    assert office.count(ParkedMessage) == 0
    assert "failed; tried again" not in worker.output


def test_a_worker_that_is_killed_meanwhile_loses_nothing(office: BackOffice) -> None:
    stop(office, Actor.TRADE_DAYS)
    worker = office.start_worker()
    for _ in range(5):
        enqueue(office.broker, Actor.TRADE_DAYS, Queue.UPKEEP)
    eventually(lambda: delayed(office) >= 1, what="the first to be put back")
    worker.kill()

    resume(office.broker.client, Actor.TRADE_DAYS)
    office.start_worker()

    eventually(lambda: queue_length(office.broker, Queue.UPKEEP) == 0, limit_s=BACK_LIMIT_S)
    assert office.count(ParkedMessage) == 0


def test_batches_that_the_batcher_sends_again_are_let_go_meanwhile(office: BackOffice) -> None:
    stop(office, Actor.PERSIST_TRADES)
    office.start_worker()
    send_batch(office, make_trades(1, 10))
    eventually(lambda: queue_length(office.broker, Queue.TRADES) == 0, what="the batch to be let go")
    assert office.count(TradeBatch) == 0

    resume(office.broker.client, Actor.PERSIST_TRADES)

    def stored() -> int:
        send_batch(office, make_trades(1, 10))
        return office.count(Trade)

    eventually(stored, every_s=0.5, what="the batch that came again")
    assert office.count(Trade) == 10
    assert office.count(Candle) >= 1


def test_what_a_person_retried_waits_too(office: BackOffice) -> None:
    office.start_worker()
    send_batch(office, [make_trade(1, price=0)])
    eventually(lambda: office.count(ParkedMessage), limit_s=PARKED_LIMIT_S, what="a parked message")
    [row] = rows(office.database, ParkedMessage, "id")
    stop(office, Actor.PERSIST_TRADES)
    eventually(lambda: "persist_trades" in paused_actors(office.broker.client))

    retry(office.database, office.broker, row["id"])

    # A worker may look a second late: then it fails again, is parked again, and is retried again.
    def waits() -> bool:
        if rows(office.database, ParkedMessage, "id")[0]["state"] == "parked":
            retry(office.database, office.broker, row["id"])
        return office.broker.client.hlen("dramatiq:trades.DQ.msgs") == 1

    eventually(waits, limit_s=PARKED_LIMIT_S, every_s=0.5, what="it to be put back")


def test_what_applies_limits_is_never_paused(queues: redis.Redis) -> None:
    with pytest.raises(NeverPaused):
        pause(queues, Actor.LIMITS, ASKED, now_ms=1)

    assert paused_actors(queues) == {}


def delayed(office: BackOffice) -> int:
    """Delayed messages of the queue `upkeep`."""
    return office.broker.client.hlen("dramatiq:upkeep.DQ.msgs")
