"""Messages that fail on every try, in a real worker: parked, listed, retried, dropped; the rest goes on."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
import pytest
import sqlalchemy as sa

from domain.orders import FIRST_EVENT_ID
from models import OrderEventRow, ParkedMessage, Trade, TradeBatch
from orders.events import read_events
from orders.keys import events_key
from runtime.broker import Actor, Queue, queue_length
from tests.support.back_office import BackOffice, DeskProcess
from tests.support.batches import send_batch, send_unreadable_batch
from tests.support.books import rows
from tests.support.market import make_tick, make_trade, make_trades
from tests.support.services import RunningServer
from tests.support.trade_topic import committed, create_topic, produce
from tests.support.trading import Trader
from tests.support.waiting import eventually
from workers.actors import ACTORS

# Six tries with pauses of 8 s in all at most.
PARKED_LIMIT_S = 20.0
PERSIST_TRIES = next(terms.tries.tries_max for terms in ACTORS if terms.actor == Actor.PERSIST_TRADES)


def send_poison(office: BackOffice) -> str:
    """A batch that a constraint refuses; returns its id."""
    return send_batch(office, [make_trade(1), make_trade(2, price=0)])


def wait_for_parked(office: BackOffice, count: int = 1) -> list[dict[str, Any]]:
    """The rows, once there are so many that wait for somebody."""

    def waiting() -> list[dict[str, Any]]:
        found = [dict(row) for row in rows(office.database, ParkedMessage, "id") if row["state"] == "parked"]
        return found if len(found) >= count else []

    return eventually(waiting, limit_s=PARKED_LIMIT_S, what=f"{count} parked messages")


def tries(worker: DeskProcess) -> int:
    """How often a worker failed at something."""
    return worker.output.count("failed; tried again") + worker.output.count("parked: see")


def test_a_poison_message_is_parked_after_its_tries_and_the_others_overtake_it(office: BackOffice) -> None:
    worker = office.start_worker()
    batch_id = send_poison(office)
    eventually(lambda: tries(worker) >= 2, what="a second try")
    # When good batches come behind it
    for first in range(100, 150, 10):
        send_batch(office, make_trades(first, 10))
    # Then they are stored while it is still being tried
    eventually(lambda: office.count(TradeBatch) == 5)
    # And in the end it is kept, with all that one wants to know, and its queue is empty
    [row] = wait_for_parked(office)
    assert max(batch["persisted_at"] for batch in rows(office.database, TradeBatch, "id")) < row["parked_at"]
    assert (row["actor"], row["queue"], row["subject"]) == ("persist_trades", "trades", batch_id)
    assert (row["tries"], row["times"]) == (PERSIST_TRIES, 1)
    assert json.loads(row["arguments"])["args"][0] == batch_id
    assert row["error_kind"] == "CheckViolation"
    assert "price_positive" in row["error"]
    assert "in persist_trades" in row["traceback"]
    assert row["first_seen_at"] < row["parked_at"]
    eventually(lambda: queue_length(office.broker, Queue.TRADES) == 0)
    assert office.count(Trade) == 50
    assert tries(worker) == PERSIST_TRIES


def test_a_broken_journal_is_parked_once_however_often_it_is_nudged(office: BackOffice) -> None:
    # Given an event that contradicts itself
    Trader.with_balance(office.desk)
    bad: dict[Any, Any] = dict(read_events(office.order_state, 0, after=FIRST_EVENT_ID, limit=1)[0].fields)
    bad_id = office.order_state.xadd(events_key(0), bad | {"seq": "2", "balance": "-1"})
    worker = office.start_worker()
    office.start("workers.schedule", journal_nudge_s=0.1)
    [row] = wait_for_parked(office)
    assert (row["actor"], row["subject"], row["error_kind"]) == ("journal_events", "0", "CheckViolation")
    # When it fails again and again, then that is counted
    eventually(lambda: rows(office.database, ParkedMessage, "id")[0]["times"] >= 10)
    assert office.count(ParkedMessage) == 1
    # And nothing is left in Redis by it: no second try, no dead letter
    assert office.broker.client.keys("dramatiq:*.XQ*") == []
    assert office.broker.client.hlen("dramatiq:orders.DQ.msgs") == 0
    assert worker.running
    # And once the cause is gone the journal goes on by itself
    office.order_state.xdel(events_key(0), bad_id)
    eventually(lambda: office.count(OrderEventRow) == 1)


def test_a_message_that_waits_for_postgresql_is_never_parked(
    office: BackOffice, postgres: RunningServer
) -> None:
    worker = office.start_worker()
    postgres.kill()
    send_batch(office, make_trades(0, 10))
    # When it was tried more often than a message that fails
    eventually(
        lambda: worker.output.count("a server is away; tried again") > PERSIST_TRIES,
        limit_s=60,
        what="more tries than a poison message has",
    )
    postgres.start().wait()
    # Then it is stored in the end
    eventually(lambda: office.count(TradeBatch) == 1, limit_s=20)
    assert office.count(ParkedMessage) == 0


def test_poison_is_parked_once_postgresql_is_back(office: BackOffice, postgres: RunningServer) -> None:
    worker = office.start_worker()
    # Given a message whose arguments are wrong, which no server is needed to see
    send_unreadable_batch(office, "no id at all")
    eventually(lambda: tries(worker) >= 2)
    postgres.kill()
    eventually(
        lambda: "PostgreSQL is away" in worker.output or "a server is away" in worker.output, limit_s=30
    )
    postgres.start().wait()
    [row] = wait_for_parked(office)
    assert row["subject"] == "no id at all"


def test_a_message_for_an_unknown_actor_is_parked_too(office: BackOffice) -> None:
    office.start_worker()
    office.broker.declare_queue(Queue.UPKEEP)
    office.broker.enqueue(
        dramatiq.Message(queue_name=Queue.UPKEEP, actor_name="gone", args=(1,), kwargs={}, options={})
    )
    [row] = wait_for_parked(office)
    assert (row["actor"], row["error_kind"], row["tries"]) == ("gone", "ActorNotFound", 1)
    eventually(lambda: office.broker.client.keys("dramatiq:*.XQ*") == [])


@contextmanager
def refusing_the_second_trade(office: BackOffice) -> Iterator[None]:
    """For the time being PostgreSQL takes no trade 2: a cause of failures that can be cured."""
    with office.database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE trades ADD CONSTRAINT no_second CHECK (trade_id <> 2)"))
    try:
        yield
    finally:
        with office.database.begin() as connection:
            connection.execute(sa.text("ALTER TABLE trades DROP CONSTRAINT no_second"))


def test_an_operator_looks_at_what_is_parked_and_retries_it_once_the_cause_is_gone(
    office: BackOffice,
) -> None:
    worker = office.start_worker()
    with refusing_the_second_trade(office):
        batch_id = send_batch(office, make_trades(1, 2))
        [row] = wait_for_parked(office)
        parked_id = str(row["id"])
        worker.stop()
    # When they look
    shown = office.run_flask("queues")
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^QUEUE +READY +DELAYED +IN WORK +PARKED +OLDEST$", shown.stdout, re.M)
    assert re.search(r"^trades +0 +0 +0 +1 +-$", shown.stdout, re.M)
    [listed] = json.loads(office.run_flask("queues", "parked", "--json").stdout)
    assert listed["subject"] == batch_id
    assert listed["arguments"]["args"][0] == batch_id
    one = office.run_flask("queues", "show", parked_id).stdout
    assert "CheckViolation" in one
    assert "Traceback (most recent call last)" in one
    # And retry it
    assert office.run_flask("queues", "retry", parked_id).stdout == f"retried {parked_id}\n"
    assert re.search(r"^trades +1 +0 +0 +0 +\d+\.\d s$", office.run_flask("queues").stdout, re.M)
    assert " retried " in office.run_flask("queues", "parked").stdout
    # Then it is done, once, and off the list
    office.start_worker()
    eventually(lambda: office.count(ParkedMessage) == 0)
    assert office.count(Trade) == 2
    assert office.run_flask("queues", "parked").stdout == "nothing is parked\n"


def test_a_batch_of_the_feed_that_is_parked_does_not_hold_up_those_behind_it(
    kafka_office: BackOffice,
) -> None:
    office = kafka_office
    create_topic(office.settings, partitions=1)
    office.start_worker()
    office.start("workers.batcher", batches_in_flight_max=2)
    with refusing_the_second_trade(office):
        # When far more trades come than the batcher may hold, one of the first batch's being refused
        produce(office.settings, [make_tick(number) for number in range(500)])
        [row] = wait_for_parked(office)
        # Then the others are stored, and all offsets committed: PostgreSQL has the parked batch too
        eventually(lambda: office.count(Trade) == 450, limit_s=30)
        eventually(lambda: committed(office.settings, partitions=1) == 500, limit_s=30)
    # And once the cause is gone nothing is missing
    assert office.run_flask("queues", "retry", str(row["id"])).returncode == 0
    eventually(lambda: office.count(Trade) == 500)
    assert office.count(ParkedMessage) == 0


def test_an_operator_drops_a_message_and_the_reason_is_kept(office: BackOffice) -> None:
    office.start_worker()
    send_poison(office)
    parked_id = str(wait_for_parked(office)[0]["id"])
    dropped = office.run_flask("queues", "drop", parked_id, "--why", "a trade at no price")
    assert dropped.stdout == f"dropped {parked_id}\n"
    assert office.run_flask("queues", "parked").stdout == "nothing is parked\n"
    assert " dropped " in office.run_flask("queues", "parked", "--all").stdout
    assert "a trade at no price" in office.run_flask("queues", "show", parked_id).stdout
    again = office.run_flask("queues", "retry", parked_id)
    assert again.returncode == 2
    assert f"no message {parked_id} is parked" in again.stderr


def test_retry_all_puts_every_parked_message_back_and_what_fails_again_is_parked_again(
    office: BackOffice,
) -> None:
    office.start_worker()
    for _ in range(2):
        send_poison(office)
    wait_for_parked(office, 2)
    retried = office.run_flask("queues", "retry", "--all")
    assert retried.returncode == 0, retried.stderr
    assert len(retried.stdout.splitlines()) == 2
    eventually(
        lambda: [row["times"] for row in rows(office.database, ParkedMessage, "id")] == [2, 2],
        limit_s=PARKED_LIMIT_S,
    )
    assert {row["state"] for row in rows(office.database, ParkedMessage, "id")} == {"parked"}


@pytest.mark.parametrize(
    "words",
    [
        ("show", "7"),
        ("retry", "7"),
        ("drop", "7", "--why", "not needed"),
        ("retry",),
        ("retry", "7", "--all"),
        ("drop", "7"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_exits_with_2_and_says_why(office: BackOffice, words: tuple[str, ...]) -> None:
    answer = office.run_flask("queues", *words)
    assert answer.returncode == 2
    assert re.search(r"^Error: .*(no message 7 is parked|say which|--why)", answer.stderr, re.M)
    assert answer.stdout == ""


def test_with_a_server_away_the_command_says_so(office: BackOffice) -> None:
    answer = office.run_flask("queues", redis_url="redis://127.0.0.1:1/0")
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: a server is away: ConnectionError")
