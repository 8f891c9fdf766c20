"""A preview tells what an open would do, because the same code says it; and does nothing."""

from dataclasses import replace

import pytest
import redis

from domain.orders import Side
from orders.client import OpenOrder, OrderDesk
from orders.codes import Code, Refused
from tests.support.trading import Market, Trader, make_order, position_of, request, state_of

ORDERS = [
    make_order(side=Side.LONG, margin=10_000, leverage=10),
    make_order(side=Side.SHORT, margin=20_000, leverage=100),
    make_order(side=Side.LONG, margin=1_234, leverage=1, take_profit="70000", stop_loss="60000.5"),
    make_order(side=Side.SHORT, margin=99_999, leverage=50, take_profit="64000", stop_loss="64600"),
    make_order(side=Side.SHORT, margin=5_000, leverage=2, trailing_distance="12.5"),
]


@pytest.mark.parametrize("order", ORDERS, ids=range(len(ORDERS)))
def test_what_it_tells_is_what_the_open_then_does(
    desk: OrderDesk, order_state: redis.Redis, order: OpenOrder
) -> None:
    Market(desk).trades_at("64500.12")
    trader = Trader.with_balance(desk)
    before = state_of(order_state)

    preview = desk.preview(trader.user_id, order)

    assert state_of(order_state) == before
    opened = desk.open(trader.user_id, request(), order)
    position = position_of(opened)
    assert replace(preview.position, opened_at_ms=0) == replace(position, opened_at_ms=0, order_id="")
    assert (preview.fee, preview.balance_after) == (opened.fee, opened.balance)


def test_what_prices_would_make_of_it(desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12")
    trader = Trader.with_balance(desk)
    order = make_order(
        margin=10_000, leverage=10, take_profit=651_386_067, stop_loss=590_000_000, side=Side.LONG
    )

    preview = desk.preview(trader.user_id, order)

    # The first worked case: 979 at that bid.
    assert preview.pnl_at_take_profit == 979
    assert preview.pnl_at_stop_loss == -8536
    assert preview.gain_per_percent == 1_000
    assert preview.position.liquidation_price == 580_559_130
    assert (preview.fee, preview.balance_after) == (50, 489_950)


def test_a_stop_beyond_the_liquidation_costs_the_margin(desk: OrderDesk) -> None:
    Market(desk).trades_at("64500.12")
    trader = Trader.with_balance(desk)

    preview = desk.preview(trader.user_id, make_order(margin=10_000, leverage=100, stop_loss="60000"))

    assert preview.pnl_at_stop_loss == -10_000
    assert preview.pnl_at_take_profit is None


def test_it_refuses_what_the_open_would(desk: OrderDesk) -> None:
    trader = Trader.with_balance(desk)
    refusals = []
    for order, user_id in [
        (make_order(), "nobody"),
        (make_order(), trader.user_id),
        (make_order(asset="DOGE"), trader.user_id),
        (make_order(margin=999), trader.user_id),
        (make_order(margin=600_000), trader.user_id),
        (make_order(leverage=3), trader.user_id),
        (make_order(stop_loss="65000"), trader.user_id),
        (make_order(trailing_distance="70000"), trader.user_id),
    ]:
        with pytest.raises(Refused) as refused:
            desk.preview(user_id, order)
        refusals.append(refused.value.code)
        if order.asset == "BTC" and user_id == trader.user_id:
            Market(desk).trades_at("64500.12")

    assert refusals == [
        Code.ACCOUNT_UNKNOWN,
        Code.PRICE_UNKNOWN,
        Code.ASSET_UNKNOWN,
        Code.MARGIN_OUT_OF_RANGE,
        Code.INSUFFICIENT_BALANCE,
        Code.LEVERAGE_NOT_OFFERED,
        Code.STOP_LOSS_WRONG_SIDE,
        Code.TRAILING_DISTANCE_OUT_OF_RANGE,
    ]
