"""A request id makes a command happen once: a retry gets the first answer, whatever happened since."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis

from domain.orders import OrderEvent
from orders.client import OrderDesk
from orders.codes import Code, Refused
from tests.integration.orders.conftest import MakeDesk
from tests.support.trading import (
    HOUR_MS,
    Market,
    Trader,
    events,
    make_order,
    position_of,
    request,
    stale_after,
)

RACERS = 8


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


def test_a_retried_open_gets_the_first_answer_after_the_market_moved(
    desk: OrderDesk, market: Market, order_state: redis.Redis
) -> None:
    trader, asked = Trader.with_balance(desk), request()
    first = desk.open(trader.user_id, asked, make_order())
    market.trades_at("65145.1212")

    # The edge makes a new order id for each attempt.
    again = desk.open(trader.user_id, asked, make_order())

    assert again == first
    assert [position.order_id for position in trader.positions] == [position_of(first).order_id]
    assert len(events(order_state, trader.user_id)) == 2


def test_every_retried_command_gets_its_first_answer(desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)
    order_id = position_of(trader.buys(10_000, 10)).order_id
    asked = [request() for _ in range(4)]

    def run() -> list[object]:
        return [
            desk.deposit(trader.user_id, asked[0], 100),
            desk.add_margin(trader.user_id, asked[1], order_id, 5_000),
            desk.partial_close(trader.user_id, asked[2], order_id, percentage=25, part_id="part"),
            desk.close(trader.user_id, asked[3], order_id),
        ]

    first, balance = run(), trader.balance
    market.trades_at("65145.1212")

    assert run() == first
    assert trader.balance == balance


def test_one_id_for_two_different_requests_is_refused(desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)
    desk.open(trader.user_id, request("one", digest="a" * 64), make_order())

    with pytest.raises(Refused) as refusal:
        desk.open(trader.user_id, request("one", digest="b" * 64), make_order(margin=20_000))

    assert refusal.value.code is Code.IDEMPOTENCY_KEY_REUSED
    assert len(trader.positions) == 1


def test_the_same_id_of_two_accounts_are_two_requests(desk: OrderDesk, market: Market) -> None:
    traders = [Trader.with_balance(desk) for _ in range(2)]

    for trader in traders:
        desk.open(trader.user_id, request("one"), make_order())

    assert [len(trader.positions) for trader in traders] == [1, 1]


def test_racing_attempts_of_one_request_open_one_position(desk: OrderDesk, market: Market) -> None:
    trader, asked = Trader.with_balance(desk), request()

    def attempt(_number: int) -> OrderEvent:
        return desk.open(trader.user_id, asked, make_order())

    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(attempt, range(RACERS)))

    assert all(answer == answers[0] for answer in answers)
    assert len(trader.positions) == 1
    assert trader.balance == 500_000 - 10_050


def test_racing_requests_never_spend_more_than_the_balance(desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk, 25_000)

    def attempt(_number: int) -> Code | None:
        try:
            trader.buys(10_000, 10)
        except Refused as refusal:
            return refusal.code
        return None

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = list(pool.map(attempt, range(RACERS)))

    assert outcomes.count(None) == 2
    assert outcomes.count(Code.INSUFFICIENT_BALANCE) == RACERS - 2
    assert trader.balance == 25_000 - 2 * 10_050


def test_a_lasting_refusal_is_remembered(desk: OrderDesk, market: Market) -> None:
    trader, asked = Trader.with_balance(desk, 1_000), request()
    with pytest.raises(Refused) as first:
        desk.open(trader.user_id, asked, make_order())
    desk.deposit(trader.user_id, request(), 100_000)

    with pytest.raises(Refused) as again:
        desk.open(trader.user_id, asked, make_order())

    assert again.value.code is first.value.code is Code.INSUFFICIENT_BALANCE
    assert again.value.details == first.value.details == {"needed": "10050", "balance": "1000"}
    assert trader.positions == ()


def test_a_refusal_that_passes_by_itself_is_not_remembered(desk: OrderDesk, order_state: redis.Redis) -> None:
    market, trader = Market(desk), Trader.with_balance(desk)
    unpriced, stale = request(), request()
    with pytest.raises(Refused) as before_any_price:
        desk.open(trader.user_id, unpriced, make_order())
    market.trades_at("64500.12")
    stale_after(order_state, -1)
    with pytest.raises(Refused) as without_a_fresh_price:
        desk.open(trader.user_id, stale, make_order())

    stale_after(order_state, HOUR_MS)
    market.trades_at("64500.12")
    desk.open(trader.user_id, unpriced, make_order())
    desk.open(trader.user_id, stale, make_order())

    assert before_any_price.value.code is Code.PRICE_UNKNOWN
    assert without_a_fresh_price.value.code is Code.PRICE_STALE
    assert len(trader.positions) == 2


def test_a_request_is_forgotten_after_the_time_that_the_settings_say(
    make_desk: MakeDesk, order_state: redis.Redis
) -> None:
    desk = make_desk(request_memory_hours=2)
    Market(desk).trades_at("64500.12")
    Trader.with_balance(desk).buys(10_000, 10)

    [memory] = order_state.scan_iter("*:request:*")

    assert 7_100 < order_state.ttl(memory) <= 7_200


def test_an_account_is_opened_once(desk: OrderDesk) -> None:
    first = desk.open_account("trader", 500_000)
    desk.deposit("trader", request(), 5)

    again = desk.open_account("trader", 500_000)

    assert (first, again) == (True, False)
    assert desk.account("trader").balance == 500_005


def test_what_is_asked_for_an_account_that_is_not_there_yet_may_be_asked_again(desk: OrderDesk) -> None:
    """Whatever else is wrong with it: nothing is remembered of an account that isn't."""
    Market(desk).trades_at("64500.12")
    user_id, asked = str(uuid4()), request()
    for wrong in (make_order(asset="DOGE"), make_order()):
        with pytest.raises(Refused) as refusal:
            desk.open(user_id, asked, wrong)
        assert refusal.value.code is Code.ACCOUNT_UNKNOWN

    desk.open_account(user_id, 500_000)

    assert desk.open(user_id, asked, make_order()).position is not None


def test_a_close_all_that_could_close_nothing_for_now_may_be_asked_again(
    desk: OrderDesk, order_state: redis.Redis
) -> None:
    Market(desk).trades_at("64500.12")
    trader, asked = Trader.with_balance(desk), request()
    trader.buys(10_000, 10)
    stale_after(order_state, -1)
    first = desk.close_all(trader.user_id, asked)
    stale_after(order_state, HOUR_MS)
    Market(desk).trades_at("64500.12")

    again = desk.close_all(trader.user_id, asked)

    assert (len(first.closed), len(first.failed)) == (0, 1)
    assert (len(again.closed), len(again.failed)) == (1, 0)
