"""Fetches over REST what the stream left out, page by page, while the stream goes on.

A gap that can't be fetched now is tried again after a pause that grows; others get their turn meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from domain.instruments import ASSETS
from poller.decode import Garbage, decode_past_trade
from poller.sources.binance.position import MINUTE_MS, Began, Found, Missing, Position, Settled, Step
from runtime.binance import ROWS_MAX, BinanceError, BinanceLimited, BinanceRest, BinanceStopped
from runtime.logs import get_logger
from runtime.pacing import JitteredBackoff, Seldom

_PAUSE_FIRST_S = 0.2
_PAUSE_MAX_S = 30.0

log = get_logger(__name__)


class Backfill:
    """The fetching. It runs for ever; only being cancelled ends it."""

    def __init__(
        self,
        rest: BinanceRest,
        position: Position,
        *,
        take: Callable[[Step], None],
        room: Callable[[], Awaitable[None]],
        on_garbage: Callable[[Garbage, dict[str, Any]], None],
    ) -> None:
        """position: what is missing, changed only by the steps given to `take`."""
        self._rest = rest
        self._position = position
        self._take = take
        self._room = room
        self._on_garbage = on_garbage
        self._wanted = asyncio.Event()
        self._backoff = JitteredBackoff(_PAUSE_FIRST_S, _PAUSE_MAX_S)
        self._trouble, self._fetched_log = Seldom(), Seldom()
        # Whose turn it is.
        self._turn = 0
        self.backfilled = 0
        self.unavailable = 0

    def wake(self) -> None:
        """Something is missing."""
        self._wanted.set()

    async def run(self) -> None:
        """Fetches whenever something is missing."""
        while True:
            await self._room()
            self._wanted.clear()
            if not (work := self._next()):
                await self._wanted.wait()
                continue
            try:
                done = await work
            except BinanceStopped:
                return
            except BinanceError as error:
                if times := self._trouble.due():
                    log.warning("binance trades not fetched, trying again", why=str(error), times=times)
                self._turn += 1
                await asyncio.sleep(_pause_s(error, self._backoff))
                continue
            if done:
                self._backoff.reset()
            else:
                # The exchange's REST side is a little behind its streams.
                self._turn += 1
                await asyncio.sleep(self._backoff.next_s())

    def _next(self) -> Coroutine[None, None, bool] | None:
        """The page whose turn it is, or None when nothing is missing."""
        # Where a market has not yet spoken, it isn't known how far back to go.
        beginnings = sorted(at for at in self._position.beginnings.items() if at[0] in self._position.last)
        gaps = [(symbol, gap) for symbol, gaps in sorted(self._position.gaps.items()) for gap in gaps]
        if not beginnings and not gaps:
            return None
        turn = self._turn % (len(beginnings) + len(gaps))
        if turn < len(beginnings):
            symbol, (minute_ms, trade_id) = beginnings[turn]
            return self._find_beginning(symbol, minute_ms, trade_id)
        symbol, (first, last) = gaps[turn - len(beginnings)]
        return self._fetch_page(symbol, first, last)

    async def _find_beginning(self, symbol: str, minute_ms: int, trade_id: int) -> bool:
        """Looks for the first trade from a minute on; whether more is known now."""
        market = ASSETS[symbol].market
        # Where REST doesn't know this trade yet, it may not know those before it either.
        if not await asyncio.to_thread(self._rest.agg_trades, market, from_id=trade_id, limit=1):
            return False
        end_ms = minute_ms + MINUTE_MS - 1
        rows = await asyncio.to_thread(
            self._rest.agg_trades, market, start_ms=minute_ms, end_ms=end_ms, limit=1
        )
        if not rows:
            # Nothing was traded in this minute: what is wanted begins in a later one.
            self._take(Began(symbol, minute_ms + MINUTE_MS, trade_id))
            return True
        first = rows[0].get("a")
        if isinstance(first, int) and first < trade_id:
            self._take(Missing(symbol, first, trade_id - 1))
        self._take(Found(symbol))
        return True

    async def _fetch_page(self, symbol: str, first: int, last: int) -> bool:
        """The oldest trades of a gap; whether there were any."""
        asset = ASSETS[symbol]
        limit = min(ROWS_MAX, last - first + 1)
        rows = await asyncio.to_thread(self._rest.agg_trades, asset.market, from_id=first, limit=limit)
        received_time_us = time.time_ns() // 1000
        through, fetched = first - 1, 0
        for row in rows:
            trade_id = row.get("a")
            if not isinstance(trade_id, int) or trade_id <= through:
                continue
            # An id beyond the gap says that what is left of it doesn't exist.
            through = min(trade_id, last)
            if trade_id <= last:
                trade = decode_past_trade(asset, row, received_time_us=received_time_us)
                if isinstance(trade, Garbage):
                    self._on_garbage(trade, row)
                else:
                    fetched += 1
                    self._take(trade)
        if through < first:
            return False
        self.backfilled += fetched
        self.unavailable += through - first + 1 - fetched
        self._take(Settled(symbol, first, through))
        if times := self._fetched_log.due():
            log.info("binance trades fetched", symbol=symbol, last=through, trades=fetched, times=times)
        return True


def _pause_s(error: BinanceError, backoff: JitteredBackoff) -> float:
    pause_s = backoff.next_s()
    return max(pause_s, error.retry_after_s) if isinstance(error, BinanceLimited) else pause_s
