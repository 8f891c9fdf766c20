"""The simulated market: `MarketModel` for every asset, driven by the wall clock.

Trade ids are microseconds since the epoch, so they rise across restarts; prices go on from the checkpoint.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, Mapping

from domain.instruments import ASSETS
from domain.market_model import MarketModel, ModelTrade
from domain.messages import Tick
from poller.checkpoint import SimulatedCheckpoint
from poller.sources.base import SourceContext
from runtime.settings import Settings

NAME = "simulated"
# A process that was suspended, or whose sinks were, goes on from now instead of making up for it.
_BEHIND_MAX_US = 1_000_000


class SimulatedSource:
    """The assets' made-up markets merged into one feed."""

    name = NAME

    def __init__(self, settings: Settings, stored: SimulatedCheckpoint | None) -> None:
        self._prices = {symbol: asset.reference_price_raw for symbol, asset in ASSETS.items()}
        self._trade_ids = dict.fromkeys(ASSETS, 0)
        if stored is not None:
            self._prices.update((s, price) for s, price in stored.prices.items() if s in ASSETS)
            self._trade_ids.update((s, last) for s, last in stored.trade_ids.items() if s in ASSETS)
        self._models = {
            symbol: MarketModel(
                settings.simulator_seed,
                asset,
                trades_per_s=settings.simulator_ticks_per_s,
                start_price_raw=self._prices[symbol],
            )
            for symbol, asset in ASSETS.items()
        }

    async def ticks(self) -> AsyncGenerator[Tick, None]:
        """Trades of all assets, each when its market makes it; it never ends."""
        now_us = _now_us()
        # (due, symbol): one entry for each asset, whose next trade is already known.
        upcoming = {symbol: model.next_trade() for symbol, model in self._models.items()}
        due = [(now_us + trade.wait_us, symbol) for symbol, trade in upcoming.items()]
        heapq.heapify(due)
        while True:
            due_us, symbol = due[0]
            now_us = _now_us()
            if due_us > now_us:
                await asyncio.sleep((due_us - now_us) / 1e6)
                continue
            yield self._tick(symbol, upcoming[symbol], now_us)
            upcoming[symbol] = self._models[symbol].next_trade()
            from_us = due_us if now_us - due_us < _BEHIND_MAX_US else now_us
            heapq.heapreplace(due, (from_us + upcoming[symbol].wait_us, symbol))

    def checkpoint(self, acknowledged: int) -> SimulatedCheckpoint:
        """The last prices and ids: nothing is ever sent again, so what Kafka has doesn't matter."""
        return SimulatedCheckpoint(prices=self._prices.copy(), trade_ids=self._trade_ids.copy())

    def figures(self) -> Mapping[str, int]:
        """The last prices, raw."""
        return {f"price_{symbol}": price for symbol, price in self._prices.items()}

    def _tick(self, symbol: str, trade: ModelTrade, now_us: int) -> Tick:
        trade_id = max(now_us, self._trade_ids[symbol] + 1)
        self._trade_ids[symbol] = trade_id
        self._prices[symbol] = trade.price
        return Tick(
            symbol=symbol,
            trade_id=trade_id,
            price=trade.price,
            quantity=trade.quantity,
            event_time_ms=now_us // 1000,
            buyer_is_maker=trade.buyer_is_maker,
            received_time_us=now_us,
            source=NAME,
        )


def _now_us() -> int:
    return time.time_ns() // 1000


async def open_simulator(context: SourceContext) -> SimulatedSource:
    """The simulated market, going on where it was; raises redis.RedisError."""
    return SimulatedSource(context.settings, context.checkpoints.load(NAME, SimulatedCheckpoint))
