"""What each event moves in the ledger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders import EventKind
from models import LedgerAccount
from tests.support.order_events import closing_fields, make_event, position_fields
from workers.bookkeeping import UnbalancedError, postings

CASH, MARGIN = LedgerAccount.TRADER_CASH, LedgerAccount.TRADER_MARGIN
FEES, PNL, SHORTFALL = LedgerAccount.HOUSE_FEES, LedgerAccount.HOUSE_PNL, LedgerAccount.HOUSE_SHORTFALL
DEPOSITS = LedgerAccount.DEPOSITS


@pytest.mark.parametrize("kind", [EventKind.ACCOUNT_OPENED, EventKind.DEPOSITED])
def test_a_deposit_comes_from_outside(kind: EventKind) -> None:
    assert postings(make_event(kind, 1, amount=500_000)) == {CASH: 500_000, DEPOSITS: -500_000}


@pytest.mark.parametrize("amount", [300_000, -300_000])
def test_a_reset_gives_and_takes_as_if_from_outside(amount: int) -> None:
    assert postings(make_event(EventKind.RESET, 2, amount=amount)) == {CASH: amount, DEPOSITS: -amount}


def test_an_open_moves_the_margin_and_pays_the_fee() -> None:
    event = make_event(EventKind.OPENED, 2, fee=50, **position_fields())
    assert postings(event) == {CASH: -10_050, MARGIN: 10_000, FEES: 50}


def test_added_margin_is_staked_as_at_the_open() -> None:
    event = make_event(EventKind.MARGIN_ADDED, 3, amount=5_000, fee=25, **position_fields(margin=15_000))
    assert postings(event) == {CASH: -5_025, MARGIN: 5_000, FEES: 25}


def test_what_is_left_of_a_reduced_position_moves_no_money() -> None:
    assert postings(make_event(EventKind.REDUCED, 4, **position_fields(margin=7_500))) == {}


def test_a_close_in_profit_is_paid_by_the_house() -> None:
    event = make_event(EventKind.CLOSED, 5, **position_fields(), **closing_fields())
    assert postings(event) == {MARGIN: -10_000, CASH: 10_929, FEES: 50, PNL: -979}


def test_a_gap_beyond_the_margin_is_booked_as_the_houses_shortfall() -> None:
    # Given the design's fourth case: raw PnL -60000 on a margin of 20000
    closing = closing_fields(pnl=-20_000, fee=0, credit=0, shortfall=40_000, reason="liquidation")
    event = make_event(EventKind.CLOSED, 6, **position_fields(margin=20_000), **closing)
    # Then the house won 60000 by price, of which 40000 never came
    assert postings(event) == {MARGIN: -20_000, PNL: 60_000, SHORTFALL: -40_000}


@pytest.mark.parametrize("kind", [EventKind.DEPOSITED, EventKind.RESET])
def test_amounts_of_nothing_make_no_entries(kind: EventKind) -> None:
    assert postings(make_event(kind, 1, amount=0)) == {}


def test_amounts_that_contradict_each_other_are_refused() -> None:
    event = make_event(EventKind.CLOSED, 5, **position_fields(), **closing_fields(credit=10_930))
    with pytest.raises(UnbalancedError):
        postings(event)


MONEY = st.integers(1, 10**11)


@given(margin=MONEY, raw_pnl=st.integers(-(10**13), 10**13), fee_bps=st.integers(0, 1000))
def test_every_close_sums_to_zero(margin: int, raw_pnl: int, fee_bps: int) -> None:
    # Given a close by the money rules (design, section 3)
    left = margin + raw_pnl
    fee = min(margin * fee_bps // 10_000, max(0, left))
    credit = max(0, left - fee)
    shortfall = max(0, -left)
    closing = closing_fields(pnl=raw_pnl + shortfall, fee=fee, credit=credit, shortfall=shortfall)
    moved = postings(make_event(EventKind.CLOSED, 1, **position_fields(margin=margin), **closing))
    # Then nothing appears or vanishes, the trader never loses more than the margin, and no entry is empty
    assert sum(moved.values()) == 0
    assert moved.get(CASH, 0) >= 0
    assert moved[MARGIN] == -margin
    assert 0 not in moved.values()


@given(margin=MONEY, amount=MONEY, fee=st.integers(0, 10**10))
def test_every_open_and_every_addition_sums_to_zero(margin: int, amount: int, fee: int) -> None:
    opened = make_event(EventKind.OPENED, 1, fee=fee, **position_fields(margin=margin))
    added = make_event(EventKind.MARGIN_ADDED, 2, fee=fee, amount=amount, **position_fields(margin=margin))
    for event in (opened, added):
        assert sum(postings(event).values()) == 0
