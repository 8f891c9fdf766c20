"""Events to rows."""

from uuid import UUID, uuid4

import pytest

from domain.orders import EventKind
from market.trades import at_ms
from tests.support.order_events import (
    AT_MS,
    USER_ID,
    closing_fields,
    make_event,
    position_fields,
    receipt_fields,
    trailing_fields,
)
from workers.projection import BrokenSequenceError, Profit, project


def test_an_open_order_becomes_active_and_counts() -> None:
    order_id = str(uuid4())
    opened = make_event(EventKind.OPENED, 2, balance=489_950, fee=50, **position_fields(order_id))
    changes = project([make_event(EventKind.ACCOUNT_OPENED, 1, amount=500_000), opened])
    assert changes.active[UUID(order_id)]["margin"] == 10_000
    assert changes.balances[UUID(USER_ID)] == {
        "user_id": UUID(USER_ID),
        "shard": 0,
        "balance": 489_950,
        "seq": 2,
        "updated_at": at_ms(AT_MS + 2),
    }
    assert changes.profit == Profit(fees=50, open_orders=1)
    assert changes.last == opened.event_id
    assert changes.first_seqs == {UUID(USER_ID): 1}


def test_events_are_kept_word_for_word() -> None:
    event = make_event(EventKind.DEPOSITED, 1, amount=5, something_new="kept")
    assert project([event]).events[0]["fields"] == dict(event.fields)


def test_an_order_opened_and_closed_in_one_batch_is_only_history() -> None:
    order_id = str(uuid4())
    changes = project(
        [
            make_event(EventKind.OPENED, 2, fee=50, **position_fields(order_id)),
            make_event(EventKind.CLOSED, 3, **position_fields(order_id), **closing_fields()),
        ]
    )
    assert changes.active == {}
    assert changes.ended == {UUID(order_id)}
    assert [row["order_id"] for row in changes.closed] == [UUID(order_id)]
    assert changes.profit == Profit(fees=100, trading=-979, closed_orders=1)


def test_a_part_closed_under_its_own_id_leaves_the_rest_active() -> None:
    order_id, part_id = str(uuid4()), str(uuid4())
    part = position_fields(part_id, margin=2_500, notional=25_000) | closing_fields(
        pnl=244, fee=12, credit=2_732, reason="partial_close", parent_order_id=order_id
    )
    changes = project(
        [
            make_event(EventKind.CLOSED, 3, **part),
            make_event(EventKind.REDUCED, 4, **position_fields(order_id, margin=7_500, notional=75_000)),
        ]
    )
    assert changes.ended == set()
    assert changes.active[UUID(order_id)]["margin"] == 7_500
    assert changes.closed[0]["parent_order_id"] == UUID(order_id)
    assert changes.profit == Profit(fees=12, trading=-244, closed_orders=1)


def test_a_liquidation_keeps_its_receipt_and_its_shortfall() -> None:
    closing = closing_fields(pnl=-20_000, fee=0, credit=0, shortfall=40_000, reason="liquidation")
    fields = position_fields(margin=20_000) | closing | receipt_fields()
    changes = project([make_event(EventKind.CLOSED, 9, **fields)])
    row = changes.closed[0]
    assert (row["receipt_trade_id"], row["receipt_trigger"]) == (77, 644_950_000)
    assert row["receipt_time"] == at_ms(AT_MS)
    # The house's total: fees + trading - shortfall
    assert changes.profit == Profit(trading=60_000, shortfall=40_000, open_orders=-1, closed_orders=1)


def test_a_trailing_stop_is_kept_of_open_and_of_closed_orders() -> None:
    order_id, closed_id = str(uuid4()), str(uuid4())
    closed = position_fields(closed_id) | trailing_fields() | closing_fields(reason="trailing_stop")
    changes = project(
        [
            make_event(EventKind.OPENED, 2, **position_fields(order_id), **trailing_fields()),
            make_event(EventKind.CLOSED, 3, **closed),
        ]
    )
    for row in (changes.active[UUID(order_id)], changes.closed[0]):
        assert {name: row[name] for name in trailing_fields()} == trailing_fields()


@pytest.mark.parametrize("said", [{}, dict.fromkeys(trailing_fields(), "")])
def test_an_order_without_a_trailing_stop_has_nulls(said: dict[str, str]) -> None:
    """Events of before there were trailing stops say nothing of them, later ones say that there is none."""
    order_id = str(uuid4())
    changes = project([make_event(EventKind.OPENED, 2, **position_fields(order_id), **said)])
    row = changes.active[UUID(order_id)]
    assert {row[name] for name in trailing_fields()} == {None}


def test_a_reset_sets_the_balance_and_leaves_the_houses_figures() -> None:
    closed = make_event(EventKind.CLOSED, 2, balance=10, **position_fields(), **closing_fields())
    reset = make_event(EventKind.RESET, 3, balance=500_000, amount=499_990)
    changes = project([closed, reset])
    assert (changes.balances[UUID(USER_ID)]["balance"], changes.balances[UUID(USER_ID)]["seq"]) == (
        500_000,
        3,
    )
    assert changes.profit == Profit(fees=50, trading=-979, open_orders=-1, closed_orders=1)


@pytest.mark.parametrize("second", [1, 3])
def test_a_gap_or_a_repetition_in_an_account_is_no_small_matter(second: int) -> None:
    with pytest.raises(BrokenSequenceError):
        project(
            [make_event(EventKind.DEPOSITED, 1, amount=1), make_event(EventKind.DEPOSITED, second, amount=1)]
        )


def test_accounts_have_sequences_of_their_own() -> None:
    other = str(uuid4())
    changes = project(
        [
            make_event(EventKind.DEPOSITED, 7, amount=1),
            make_event(EventKind.DEPOSITED, 1, amount=1, user_id=other),
            make_event(EventKind.DEPOSITED, 8, amount=1),
        ]
    )
    assert changes.first_seqs == {UUID(USER_ID): 7, UUID(other): 1}


def test_no_events_are_no_changes_to_make() -> None:
    with pytest.raises(ValueError, match="no events"):
        project([])
