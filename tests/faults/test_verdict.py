"""The harness must be able to fail: each wrong that it looks for, planted."""

from collections.abc import Mapping
from typing import Any

import pytest

from domain.orders import EventKind, OrderEvent
from tests.faults.log import Command, Entry, Kind, Told, told
from tests.faults.proof import fold
from tests.faults.verdict import Recorded, compare
from tests.support.order_events import USER_ID, closing_fields, make_event, position_fields


def opened(seq: int = 2, **changed: Any) -> OrderEvent:
    """An opened position's event."""
    fields = position_fields() | {"request_id": "r1", "fee": 50, "balance": 489_950}
    return make_event(EventKind.OPENED, seq, **(fields | changed))


def sent(event: OrderEvent | None = None, *, kind: Kind = Kind.OPEN, unanswered: int = 0) -> Entry:
    """A command that was sent once, and acknowledged with the event if there is one."""
    entry = Entry(Command(kind, USER_ID, "r1", {}), attempts=1, unanswered=unanswered)
    entry.accepted = (told(event),) if event else None
    return entry


def recorded(*events: OrderEvent) -> list[Recorded]:
    return [Recorded(str(event.event_id), event.fields) for event in events]


def test_what_is_there_as_it_was_told_is_right() -> None:
    event = opened()

    verdict = compare([sent(event)], recorded(event))

    assert verdict.sentences == []
    assert (verdict.acked, verdict.refused, verdict.unanswered) == (1, 0, 0)


def test_an_acknowledged_command_that_is_not_there_is_lost() -> None:
    assert len(compare([sent(opened())], []).lost) == 1


@pytest.mark.parametrize("changed", [{"margin": 10_001}, {"balance": 489_951}])
def test_an_acknowledged_command_that_is_there_in_another_way_is_lost(changed: Mapping[str, int]) -> None:
    event = opened()
    other = OrderEvent.from_fields(
        event.event_id, 0, dict(event.fields) | {name: str(value) for name, value in changed.items()}
    )

    assert len(compare([sent(event)], recorded(other)).lost) == 1


def test_the_same_effect_under_another_event_id_is_lost() -> None:
    event, again = opened(order_id=USER_ID), opened(order_id=USER_ID)
    assert event.fields == again.fields

    assert len(compare([sent(event)], recorded(again)).lost) == 1


def test_what_http_told_is_compared_by_its_facts() -> None:
    event, entry = opened(), sent()
    entry.accepted = (Told("opened", facts={"margin": "10000", "leverage": "11"}),)

    assert len(compare([entry], recorded(event)).lost) == 1


def test_a_request_that_is_done_twice_is_doubled() -> None:
    first, second = opened(), opened(seq=3)

    assert len(compare([sent(first)], recorded(first, second)).doubled) == 1


def test_an_order_that_is_closed_twice_is_doubled_whoever_asked() -> None:
    order = position_fields() | closing_fields()
    endings = [make_event(EventKind.CLOSED, seq, **order) for seq in (3, 4)]

    assert len(compare([], recorded(*endings)).doubled) == 1


def test_a_refused_command_that_is_done_is_found() -> None:
    entry = sent(unanswered=1)
    entry.refused = "insufficient_balance"

    assert len(compare([entry], recorded(opened())).unasked) == 1


def test_a_command_turned_away_for_now_that_is_done_is_found() -> None:
    assert len(compare([sent()], recorded(opened())).unasked) == 1


def test_a_command_without_an_answer_may_be_done_once_or_not_at_all() -> None:
    entry = sent(unanswered=1)

    assert compare([entry], []).sentences == []
    assert compare([entry], recorded(opened())).sentences == []
    assert len(compare([entry], recorded(opened(), opened(seq=3))).doubled) == 1


def test_a_command_that_is_done_in_part_is_torn() -> None:
    entry = sent(kind=Kind.PARTIAL_CLOSE, unanswered=1)
    part = position_fields() | closing_fields() | {"request_id": "r1"}

    assert len(compare([entry], recorded(make_event(EventKind.CLOSED, 3, **part))).torn) == 1


def test_an_event_of_a_request_that_nobody_sent_is_found() -> None:
    assert len(compare([], recorded(opened())).unasked) == 1


def test_an_account_whose_balance_does_not_follow_from_its_events_is_found() -> None:
    account = make_event(EventKind.ACCOUNT_OPENED, 1, amount=500_000)

    folds, broken = fold([account, opened()])
    assert broken == []
    assert folds[USER_ID].balance == 489_950
    assert len(fold([account, opened(balance=489_949)])[1]) == 1
    assert len(fold([account, opened(seq=3)])[1]) == 1
