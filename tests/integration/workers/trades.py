"""Trades that the batcher is to bring to PostgreSQL."""

import time
from collections.abc import Callable
from itertools import islice
from random import Random

import sqlalchemy as sa

from domain.instruments import ASSETS
from domain.messages import Tick
from models import Candle, Trade
from poller.kafka import KafkaSink
from tests.faults.trades import Outcome, compare
from tests.faults.trades_stream import make_trades, sending_order
from tests.faults.trades_stream import ticks as in_order
from tests.support.back_office import BackOffice
from tests.support.market import make_tick
from tests.support.trade_desk import send
from tests.support.trade_topic import committed
from tests.support.waiting import eventually

# Group joins and broker restarts take seconds.
LIMIT_S = 30.0


def ticks(first: int, count: int) -> list[Tick]:
    """So many ticks, over all assets in turn."""
    symbols = list(ASSETS)
    return [
        make_tick(number, symbol=symbols[number % len(symbols)]) for number in range(first, first + count)
    ]


def wait_for_trades(office: BackOffice, count: int) -> None:
    """Waits until PostgreSQL has so many; fails when it has more, or when the candles count others."""
    eventually(lambda: office.count(Trade) >= count, limit_s=LIMIT_S, what=f"{count} trades in PostgreSQL")
    assert office.count(Trade) == count
    with office.database.connect() as connection:
        assert connection.scalar(sa.select(sa.func.sum(Candle.trades))) == count


class Load:
    """Trades sent in parts as the poller does, late and repeated ones among them."""

    def __init__(self, office: BackOffice, trades: int, *, parts: int) -> None:
        chooser = Random(1)
        self.made = make_trades(trades, chooser)
        order = sending_order(trades, chooser)
        self.messages = len(order)
        self._part = len(order) // parts
        self._office = office
        self._stream = in_order(self.made, order)
        self._sink = KafkaSink(office.settings)

    def send_part(self) -> None:
        """Sends the next part."""
        for tick in islice(self._stream, self._part):
            send(self._sink, tick)

    def serve_until(self, question: Callable[[], bool]) -> None:
        """Waits for something while the broker gets what was sent."""

        def served() -> bool:
            self._sink.serve()
            return question()

        eventually(served, limit_s=LIMIT_S)

    def send_rest(self) -> None:
        """Sends what is left, and waits until the broker has it."""
        for tick in self._stream:
            send(self._sink, tick)
        assert self._sink.close(time.monotonic() + LIMIT_S) == 0, "the broker did not take all trades"

    def assert_stored(self) -> None:
        """Waits for the end: PostgreSQL has every trade once and the right candles, and the group knows."""
        trades = len(self.made)
        eventually(lambda: self._office.count(Trade) == trades, limit_s=LIMIT_S, what=f"{trades} trades")
        eventually(lambda: committed(self._office.settings) >= self.messages, limit_s=LIMIT_S)
        assert compare(self._office.database, self.made) == Outcome(trades, 0, 0)
