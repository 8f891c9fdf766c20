"""A day's worth of every kind of order event, made by the real order desk."""

from uuid import uuid4

from orders.client import OrderDesk
from tests.support.trading import START_BALANCE, Market, Trader, request


def trade_a_little(desk: OrderDesk, traders: int = 3) -> list[Trader]:
    """Each trader starts over, deposits, opens, adds, amends, closes in part and whole.

    Then each is stopped out, by a trailing stop too, and liquidated in a gap. Two positions stay open.
    """
    market = Market(desk)
    market.trades_at("64500.12")
    accounts = [Trader.with_balance(desk) for _ in range(traders)]
    for trader in accounts:
        trader.buys(10_000, 5)
        desk.reset(trader.user_id, request(), START_BALANCE)
        desk.deposit(trader.user_id, request(), 12_345)
        first = trader.buys(10_000, 10, take_profit="70000")
        desk.add_margin(trader.user_id, request(), order_of(first), 5_000)
        # So far behind that it fires in no test.
        desk.modify(trader.user_id, request(), order_of(first), trailing_distance=200_000_000)
        desk.partial_close(trader.user_id, request(), order_of(first), percentage=25, part_id=str(uuid4()))
        trader.sells(20_000, 100)
        trader.buys(7_777, 2, stop_loss="64000")
        trader.buys(5_555, 2, trailing_distance="300")
        second = trader.buys(30_000, 1)
        desk.close(trader.user_id, request(), order_of(second))
    # A fall that touches the stop losses and the near trailing stops, then a rise past the shorts' margin
    market.trades_at("63000")
    market.trades_at("69000.5")
    for trader in accounts:
        trader.sells(50_000, 5, trailing_distance="1000")
    assert all(len(desk.account(trader.user_id).positions) == 2 for trader in accounts)
    assert all(trader.balance != START_BALANCE for trader in accounts)
    return accounts


def order_of(event: object) -> str:
    """The id of the order that an event is about."""
    position = getattr(event, "position", None)
    assert position is not None
    return str(position.order_id)
