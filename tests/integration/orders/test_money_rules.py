"""The money rules' worked cases (design, section 3), through the real library: cents exact."""

import pytest
import redis

from domain.orders import CloseReason
from orders.client import OrderDesk
from tests.support.trading import Market, Trader, closing_of, closings, position_of, request


@pytest.fixture
def market(desk: OrderDesk) -> Market:
    """BTC trades at 64500.12."""
    market = Market(desk)
    market.trades_at("64500.12")
    return market


def test_bid_and_ask_stand_one_basis_point_around_the_trade(desk: OrderDesk, market: Market) -> None:
    quote = desk.quotes()["BTC"]

    assert (quote.price, quote.bid, quote.ask) == (645_001_200, 644_936_700, 645_065_700)


def test_case_1_a_long_opens_at_the_ask_and_closes_at_the_bid(desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)

    opened = trader.buys(10_000, 10)

    assert position_of(opened).open_price == 645_065_700
    assert position_of(opened).liquidation_price == 580_559_130
    assert opened.fee == 50
    assert opened.balance == trader.balance == 489_950

    market.trades_at("65145.1212")
    closing = closing_of(desk.close(trader.user_id, request(), position_of(opened).order_id))

    assert closing.close_price == 651_386_067
    assert closing.pnl == 979
    assert closing.credit == 10_929
    assert closing.reason is CloseReason.MANUAL
    assert trader.balance == 489_950 + 10_929


def test_case_2_a_partial_close_takes_its_share_and_leaves_the_rest(desk: OrderDesk, market: Market) -> None:
    trader = Trader.with_balance(desk)
    opened = position_of(trader.buys(10_000, 10))
    market.trades_at("65145.1212")

    closed, rest = desk.partial_close(
        trader.user_id, request(), opened.order_id, percentage=25, part_id="part-of-it"
    )

    part, closing, left = position_of(closed), closing_of(closed), position_of(rest)
    assert (part.margin, part.notional) == (2_500, 25_000)
    assert (closing.pnl, closing.fee, closing.credit) == (244, 12, 2_732)
    assert closing.reason is CloseReason.PARTIAL_CLOSE
    assert closing.parent_order_id == opened.order_id
    assert (left.margin, left.notional) == (7_500, 75_000)
    assert left.liquidation_price == opened.liquidation_price
    assert trader.balance == 489_950 + 2_732
    assert [position.order_id for position in desk.account(trader.user_id).positions] == [opened.order_id]


def test_case_3_added_margin_moves_the_liquidation_but_not_the_profit(
    desk: OrderDesk, market: Market
) -> None:
    trader = Trader.with_balance(desk)
    opened = position_of(trader.buys(10_000, 10))

    added = desk.add_margin(trader.user_id, request(), opened.order_id, 5_000)

    assert added.fee == 25
    position = position_of(added)
    assert position.margin == 15_000
    assert position.notional == 100_000
    assert position.liquidation_price == 548_305_845
    assert trader.balance == 489_950 - 5_025

    market.trades_at("65145.1212")
    assert closing_of(desk.close(trader.user_id, request(), opened.order_id)).pnl == 979


def test_case_4_a_gap_through_a_short_costs_its_margin_and_the_house_the_rest(
    desk: OrderDesk, market: Market, order_state: redis.Redis
) -> None:
    trader = Trader.with_balance(desk)
    opened = position_of(trader.sells(20_000, 100))
    assert opened.open_price == 644_936_700
    assert opened.liquidation_price == 651_386_067
    before = trader.balance

    # Ask 664284801: 1 bp above this trade.
    market.trades_at("66421.8380")

    quote = desk.quotes()["BTC"]
    closing = closings(order_state, trader.user_id)[-1]
    assert quote.ask == closing.close_price == 664_284_801
    assert closing.pnl - closing.shortfall == -60_000
    assert (closing.pnl, closing.fee, closing.credit, closing.shortfall) == (-20_000, 0, 0, 40_000)
    assert closing.reason is CloseReason.LIQUIDATION
    assert trader.balance == before
