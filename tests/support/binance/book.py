"""The truth of a small Binance: the trades of each market, with consecutive ids, and candles made of them."""

import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from domain.units import QUANTITY_DECIMALS, decimal_text
from tests.support.binance.frames import agg_trade
from tests.support.binance.past import MINUTE_MS, past_kline

Kline = list[Any]
Listener = Callable[[dict[str, Any]], None]


class Market:
    """The trades of one market, oldest first; times never fall, ids rise by one."""

    def __init__(self, first_id: int) -> None:
        self.trades: list[dict[str, Any]] = []
        self.times: list[int] = []
        self.first_id = first_id

    @property
    def next_id(self) -> int:
        """The id of the trade that comes next."""
        return self.first_id + len(self.trades)

    def from_id(self, trade_id: int, limit: int) -> list[dict[str, Any]]:
        """Trades from this id on."""
        begin = max(0, trade_id - self.first_id)
        return self.trades[begin : begin + limit]

    def of_time(self, start_ms: int | None, end_ms: int | None, limit: int) -> list[dict[str, Any]]:
        """Trades of a time, both ends inclusive; without any the newest."""
        end = len(self.trades) if end_ms is None else bisect_right(self.times, end_ms)
        begin = max(0, end - limit) if start_ms is None else bisect_left(self.times, start_ms)
        return self.trades[begin : min(end, begin + limit)]


class Book:
    """All markets of the exchange. Tests let trades happen; hosts listen and serve them. Safe for threads."""

    def __init__(self, *, first_id: int = 1, seed: int = 1) -> None:
        self._seed = seed
        self._markets: dict[str, Market] = defaultdict(lambda: Market(first_id))
        self._listeners: list[Listener] = []
        self._ahead_ms = 0
        # Held while a trade is made and told, so that all hosts tell all trades in one order.
        self.lock = threading.RLock()

    def trade(
        self,
        market: str = "BTCUSDT",
        *,
        price: str = "64500.12000000",
        quantity: str = "0.00100000",
        time_ms: int | None = None,
        buyer_is_maker: bool = True,
    ) -> int:
        """A trade happens, now unless a time is given; its id."""
        with self.lock:
            trades = self._markets[market]
            trade_id = trades.next_id
            now_ms = time.time_ns() // 1_000_000 + self._ahead_ms
            at_ms = max(now_ms if time_ms is None else time_ms, *trades.times[-1:], 0)
            frame = agg_trade(
                market=market,
                trade_id=trade_id,
                price=price,
                quantity=quantity,
                time_ms=at_ms,
                buyer_is_maker=buyer_is_maker,
            )
            trades.trades.append({name: frame["data"][name] for name in "apqflTmM"})
            trades.times.append(at_ms)
            for listener in self._listeners:
                listener(frame)
            return trade_id

    def let_pass(self, ms: int) -> None:
        """The times of trades are so much later from now on, as if nothing had been traded meanwhile."""
        with self.lock:
            self._ahead_ms += ms

    def listen(self, listener: Listener) -> None:
        """Calls back with each trade's frame, in order."""
        with self.lock:
            self._listeners.append(listener)

    def ids(self, market: str = "BTCUSDT") -> set[int]:
        """The ids of all trades of a market."""
        with self.lock:
            trades = self._markets[market]
            return set(range(trades.first_id, trades.next_id))

    def agg_trades(
        self, market: str, *, from_id: int | None, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[dict[str, Any]]:
        """What /api/v3/aggTrades answers."""
        with self.lock:
            trades = self._markets[market]
            if from_id is not None:
                return trades.from_id(from_id, limit)
            return trades.of_time(start_ms, end_ms, limit)

    def klines(self, market: str, *, start_ms: int | None, end_ms: int | None, limit: int) -> list[Kline]:
        """What /api/v3/klines answers for 1m: candles that open in that time, up to the one of now."""
        newest = _minute(time.time_ns() // 1_000_000)
        last = newest if end_ms is None else min(newest, _minute(end_ms))
        first = last - (limit - 1) * MINUTE_MS if start_ms is None else -(-start_ms // MINUTE_MS) * MINUTE_MS
        return [self._kline(market, at) for at in range(first, last + 1, MINUTE_MS)[:limit]]

    def _kline(self, market: str, open_ms: int) -> Kline:
        with self.lock:
            trades = self._markets[market]
            begin = bisect_left(trades.times, open_ms)
            end = bisect_left(trades.times, open_ms + MINUTE_MS)
            if begin < end:
                return _of_trades(open_ms, trades.trades[begin:end])
            if begin:
                # A minute without a trade after the first one: flat.
                price = trades.trades[begin - 1]["p"]
                return _row(open_ms, [price] * 4, "0.00000000", trades=0)
        kline = past_kline(self._seed, market, open_ms)
        return _row(open_ms, list(kline.prices), kline.volume, trades=kline.trades)


def _of_trades(open_ms: int, trades: list[dict[str, Any]]) -> Kline:
    by_price = sorted(trades, key=lambda trade: Decimal(trade["p"]))
    prices = [trades[0]["p"], by_price[-1]["p"], by_price[0]["p"], trades[-1]["p"]]
    volume = sum(int(Decimal(trade["q"]).scaleb(QUANTITY_DECIMALS)) for trade in trades)
    return _row(open_ms, prices, decimal_text(volume, QUANTITY_DECIMALS), trades=len(trades))


def _row(open_ms: int, prices: list[str], volume: str, *, trades: int) -> Kline:
    return [open_ms, *prices, volume, open_ms + MINUTE_MS - 1, "0", trades, "0", "0", "0"]


def _minute(time_ms: int) -> int:
    return time_ms - time_ms % MINUTE_MS
