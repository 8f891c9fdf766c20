"""A reset closes everything and sets the balance, in one step, or does nothing."""

import pytest
import redis

from domain.orders import CloseReason, EventKind, Side
from orders.client import OrderDesk
from orders.codes import Code, Refused
from runtime.settings import Settings
from tests.integration.orders.conftest import MakeDesk
from tests.support.opening import restore_and_open
from tests.support.trading import START_BALANCE, Market, Trader, closing_of, events, request, state_of
from workers.bookkeeping import postings


def test_everything_is_closed_and_the_balance_starts_over(desk: OrderDesk, order_state: redis.Redis) -> None:
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    trader, other = Trader.with_balance(desk), Trader.with_balance(desk)
    trader.buys(10_000, 10, trailing_distance="100", take_profit="70000")
    trader.opens(Side.SHORT, 20_000, 100, asset="ETH", stop_loss="2600")
    other.buys(10_000, 10)
    Market(desk).trades_at("65145.1212")
    before = desk.account(other.user_id)

    answer = desk.reset(trader.user_id, request(), START_BALANCE)

    assert (trader.balance, trader.positions) == (START_BALANCE, ())
    assert [closing_of(event).reason for event in answer.closed] == [CloseReason.MANUAL] * 2
    assert closing_of(answer.closed[0]).credit == 10_929
    assert answer.reset.kind is EventKind.RESET
    assert answer.reset.amount == START_BALANCE - answer.closed[-1].balance
    assert events(order_state, trader.user_id)[-3:] == [*answer.closed, answer.reset]
    assert all(sum(postings(event).values()) == 0 for event in events(order_state, trader.user_id))
    # Nothing of it is left in an index, and nobody else was touched.
    Market(desk).trades_at("70000")
    assert trader.balance == START_BALANCE
    assert desk.account(other.user_id).balance == before.balance


def test_an_account_that_lost_everything_starts_over(desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk, 0)

    assert desk.reset(trader.user_id, request(), START_BALANCE).reset.amount == START_BALANCE
    assert desk.reset(trader.user_id, request(), START_BALANCE).reset.amount == 0
    assert desk.reset(trader.user_id, request(), 0).reset.amount == -START_BALANCE
    assert trader.balance == 0


def test_a_retry_resets_once(desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12")
    trader, once = Trader.with_balance(desk), request()
    first = desk.reset(trader.user_id, once, START_BALANCE)
    trader.buys(10_000, 10)

    assert desk.reset(trader.user_id, once, START_BALANCE) == first
    assert len(trader.positions) == 1


def test_where_one_position_can_not_be_closed_none_is(make_desk: MakeDesk, order_state: redis.Redis) -> None:
    desk = make_desk()
    Market(desk).trades_at("64500.12")
    Market(desk, "ETH").trades_at("2500")
    trader = Trader.with_balance(desk)
    trader.buys(10_000, 10)
    trader.opens(Side.SHORT, 20_000, 100, asset="ETH")
    # The library loaded anew knows no price; then one of the two has one again.
    make_desk()
    Market(desk).trades_at("64500.13")
    before = state_of(order_state)

    with pytest.raises(Refused) as refused:
        desk.reset(trader.user_id, request(), START_BALANCE)

    assert refused.value.code is Code.PRICE_UNKNOWN
    assert state_of(order_state) == before


@pytest.mark.parametrize("amount", [-1, 130_000_000_001, 2**60])
def test_a_balance_out_of_range_is_refused(desk: OrderDesk, amount: int) -> None:
    trader = Trader.with_balance(desk)

    with pytest.raises(Refused) as refused:
        desk.reset(trader.user_id, request(), amount)

    assert refused.value.code is Code.AMOUNT_OUT_OF_RANGE
    assert trader.balance == START_BALANCE


def test_a_balance_past_what_is_exact_neither_opens_nor_resets(
    desk: OrderDesk, order_state: redis.Redis, settings: Settings
) -> None:
    # No deposit brings that much: it is what absurd gains could add up to.
    account = {"user_id": "rich", "balance": str(2**52 + 1), "seq": "5", "positions": []}
    restore_and_open(order_state, settings, [account])
    Market(desk).trades_at("64500.12")
    before = state_of(order_state, ":request:")
    rich = Trader(desk, "rich")

    for command in (lambda: rich.buys(10_000, 10), lambda: desk.reset("rich", request(), START_BALANCE)):
        with pytest.raises(Refused) as refused:
            command()
        assert refused.value.code is Code.BALANCE_TOO_LARGE

    assert rich.balance == 2**52 + 1
    assert state_of(order_state, ":request:") == before
