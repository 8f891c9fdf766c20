"""A day's worth of every kind of order event, made by the real order desk."""

import random
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from domain.instruments import ASSETS
from domain.orders import Side
from domain.units import decimal_text
from orders.client import OrderDesk, Trigger
from orders.codes import Refused
from tests.support.trading import START_BALANCE, Market, Trader, request


def trade_a_little(desk: OrderDesk, traders: int = 3, *, shards: int = 1) -> list[Trader]:
    """Each trader starts over, deposits, opens, adds, amends, closes in part and whole.

    Then each is stopped out, by a trailing stop too, and liquidated in a gap. Two positions stay open.
    shards: the desk's; the traders are spread over all of them, in turn.
    """
    market = Market(desk)
    market.trades_at("64500.12")
    accounts = Trader.of_every_shard(desk, shards, traders=traders)
    for trader in accounts:
        trader.buys(10_000, 5)
        desk.reset(trader.user_id, request(), START_BALANCE)
        desk.deposit(trader.user_id, request(), 12_345)
        desk.adjust(trader.user_id, request(), -345)
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


def trade_at_random(desk: OrderDesk, seed: int, *, steps: int = 600) -> list[Trader]:
    """What people and markets might do, in an order that the seed says; what is refused is refused."""
    day = _RandomDay(desk, random.Random(seed))
    for _ in range(steps):
        with suppress(Refused):
            day.step()
    return day.traders


class _RandomDay:
    def __init__(self, desk: OrderDesk, dice: random.Random) -> None:
        self._desk, self._dice = desk, dice
        self._prices = {symbol: 10_000_000 * number for number, symbol in enumerate(ASSETS, start=1)}
        self.traders = [Trader.with_balance(desk) for _ in range(4)]
        for symbol in ASSETS:
            self._tick(symbol, 0)

    def step(self) -> None:
        """One thing happens. Raises Refused."""
        chosen: Callable[[Trader], object] = self._dice.choices(
            (self._walk, self._open, self._change, self._deposit, self._reset, self._close_all, self._join),
            (40, 25, 25, 3, 1, 1, 1),
        )[0]
        chosen(self._dice.choice(self.traders))

    def _walk(self, _: Trader) -> None:
        self._tick(self._dice.choice([*ASSETS]), self._dice.choice((-300, -40, -5, 0, 5, 40, 300)))

    def _tick(self, symbol: str, basis_points: int) -> None:
        self._prices[symbol] += self._prices[symbol] * basis_points // 10_000
        Market(self._desk, symbol).trades_at(self._prices[symbol])

    def _open(self, trader: Trader) -> None:
        asset, side = self._dice.choice([*ASSETS]), self._dice.choice([*Side])
        trader.opens(
            side,
            self._dice.randint(1_000, 40_000),
            self._dice.choice((1, 2, 5, 10, 50, 100)),
            asset=asset,
            **self._triggers(asset, side),
        )

    def _triggers(self, asset: str, side: Side) -> dict[str, str]:
        price, sign = self._prices[asset], 1 if side is Side.LONG else -1
        near = price * self._dice.randint(5, 500) // 10_000
        asked = {
            "take_profit": price + sign * near,
            "stop_loss": price - sign * near,
            "trailing_distance": near,
        }
        chosen = self._dice.sample([*asked], self._dice.randint(0, 2))
        return {name: decimal_text(asked[name], 4) for name in chosen}

    def _change(self, trader: Trader) -> None:
        if not (positions := trader.positions):
            return
        position, user = self._dice.choice(positions), trader.user_id
        match self._dice.randint(0, 4):
            case 0:
                self._desk.close(user, request(), position.order_id)
            case 1:
                percentage = self._dice.randint(1, 99)
                self._desk.partial_close(
                    user, request(), position.order_id, percentage=percentage, part_id=str(uuid4())
                )
            case 2:
                self._desk.add_margin(user, request(), position.order_id, self._dice.randint(1, 9_999))
            case 3:
                distance = self._dice.choice((Trigger.REMOVE, self._prices[position.asset] // 50))
                self._desk.modify(user, request(), position.order_id, trailing_distance=distance)
            case 4:
                self._desk.modify(
                    user, request(), position.order_id, take_profit=Trigger.REMOVE, stop_loss=Trigger.REMOVE
                )

    def _deposit(self, trader: Trader) -> None:
        if self._dice.random() < 0.5:
            self._desk.deposit(trader.user_id, request(), self._dice.randint(1, 100_000))
        else:
            self._desk.adjust(trader.user_id, request(), self._dice.randint(-100_000, 100_000))

    def _reset(self, trader: Trader) -> None:
        self._desk.reset(trader.user_id, request(), self._dice.choice((0, START_BALANCE)))

    def _close_all(self, trader: Trader) -> None:
        self._desk.close_all(trader.user_id, request(), asset=self._dice.choice((None, *ASSETS)))

    def _join(self, _: Trader) -> None:
        self.traders.append(Trader.with_balance(self._desk))
