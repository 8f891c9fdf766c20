"""Trades for the faults: a list of them, and the order in which they are sent, some late, some twice."""

import random
from collections.abc import Iterator

from domain.instruments import ASSETS
from domain.messages import Tick
from market.trades import TradeRow
from tests.support.market import NOON_MS

# From trade to trade, so a minute holds 6,000 of them.
APART_MS = 10
PRICE = 645_000_000
LATE = 0.03
REPEATED = 0.02
# So many places further back: past the batch, now and then past the minute, and most kills.
LATE_MAX = 10_000
REPEATED_MAX = 50_000


def make_trades(count: int, chooser: random.Random) -> list[TradeRow]:
    """Trades of all assets in turn, in the exchange's order, at prices that wander."""
    symbols = list(ASSETS)
    price, trades = PRICE, []
    for number in range(count):
        price = max(1, price + chooser.randint(-5_000, 5_000))
        quantity = chooser.randint(1, 10**9)
        maker = chooser.random() < 0.5
        time_ms = NOON_MS + number * APART_MS
        trades.append(TradeRow(symbols[number % len(symbols)], number, time_ms, price, quantity, maker))
    return trades


def sending_order(count: int, chooser: random.Random) -> list[int]:
    """Indexes of the trades as they are sent: every one at least once."""
    places: list[tuple[int, int]] = []
    for index in range(count):
        late = chooser.random() < LATE
        places.append((index + (chooser.randint(1, LATE_MAX) if late else 0), index))
        if chooser.random() < REPEATED:
            places.append((index + chooser.randint(0, REPEATED_MAX), index))
    return [index for _, index in sorted(places)]


def ticks(trades: list[TradeRow], order: list[int]) -> Iterator[Tick]:
    """What the poller would put into the topic."""
    for index in order:
        symbol, trade_id, time_ms, price, quantity, maker = trades[index]
        yield Tick(symbol, trade_id, price, quantity, time_ms, maker, time_ms * 1000, "faults")
