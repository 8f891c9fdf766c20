"""A day's worth of every kind of order event, made by the real order desk."""

from uuid import uuid4

from orders.client import OrderDesk
from tests.support.trading import START_BALANCE, Market, Trader, request


def trade_a_little(desk: OrderDesk, traders: int = 3) -> list[Trader]:
    """Each trader deposits, opens, adds, closes in part and whole, is stopped out and is liquidated in a gap.

    Afterwards each has two open positions.
    """
    market = Market(desk)
    market.trades_at("64500.12")
    accounts = [Trader.with_balance(desk) for _ in range(traders)]
    for trader in accounts:
        desk.deposit(trader.user_id, request(), 12_345)
        first = trader.buys(10_000, 10, take_profit="70000")
        desk.add_margin(trader.user_id, request(), order_of(first), 5_000)
        desk.partial_close(trader.user_id, request(), order_of(first), percentage=25, part_id=str(uuid4()))
        trader.sells(20_000, 100)
        trader.buys(7_777, 2, stop_loss="64000")
        second = trader.buys(30_000, 1)
        desk.close(trader.user_id, request(), order_of(second))
    # A fall that touches the stop losses, then a rise past the shorts' margin
    market.trades_at("63000")
    market.trades_at("69000.5")
    for trader in accounts:
        trader.sells(50_000, 5)
    assert all(len(desk.account(trader.user_id).positions) == 2 for trader in accounts)
    assert all(trader.balance != START_BALANCE for trader in accounts)
    return accounts


def order_of(event: object) -> str:
    """The id of the order that an event is about."""
    position = getattr(event, "position", None)
    assert position is not None
    return str(position.order_id)
