"""The live feed: every market's trades in order, and what was missed for the history.

Ids given out as ticks rise in each market, always. One at or below the last is dropped; one that jumps goes
out at once, and the ids in between are fetched and go out as past ticks.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping

from domain.instruments import ASSETS
from domain.messages import Tick
from poller.checkpoint import BinanceCheckpoint
from poller.decode import SOURCE, Garbage
from poller.sources.base import SourceContext
from poller.sources.binance.backfill import Backfill
from poller.sources.binance.outlet import Outlet
from poller.sources.binance.position import (
    MINUTE_MS,
    Acknowledged,
    Began,
    Missing,
    Position,
    Settled,
    Step,
)
from poller.sources.binance.stream import Stream
from runtime.binance import BinanceRest
from runtime.logs import get_logger
from runtime.pacing import Seldom
from runtime.process import Stop
from runtime.settings import Settings

# The handoff behind it is the queue; this one only joins several readers.
_OUTLET_TICKS = 1_000
# Ids that a market doesn't make while a connection is replaced.
_JUMP_MAX = 100_000
_GARBAGE_SHOWN = 120

log = get_logger(__name__)


class BinanceSource:
    """The live feed. It reconnects and fetches for ever; only being closed ends it."""

    name = SOURCE

    def __init__(self, settings: Settings, stored: BinanceCheckpoint | None = None) -> None:
        self._settings = settings
        self._position = Position(stored)
        self._acknowledged = Acknowledged(stored)
        self._outlet = Outlet(_OUTLET_TICKS)
        self._stop = Stop()
        self._rest = BinanceRest(settings, stop=self._stop)
        self._stream = Stream(
            settings,
            last=self._position.last,
            on_tick=self._on_tick,
            on_garbage=self._refuse,
            room=self._outlet.room,
        )
        self._backfill = Backfill(
            self._rest,
            self._position,
            take=self._take,
            room=self._outlet.room,
            on_garbage=lambda why, row: self._refuse(why, repr(row).encode()),
        )
        self._newest: Tick | None = None
        self._garbage: Counter[Garbage] = Counter()
        self._garbage_log, self._gap_log, self._dropped_log = Seldom(), Seldom(), Seldom(60.0)
        # By symbol: an id too far ahead to be believed without another.
        self._doubted: dict[str, int] = {}
        self._gaps = self._missing = self._left_out = self._duplicates = self._implausible = 0
        self._await_first_trades()

    async def ticks(self) -> AsyncGenerator[Tick, None]:
        """Live trades in the order of their ids, and past ones (PastTick) among them."""
        parts = [asyncio.create_task(self._stream.run()), asyncio.create_task(self._backfill.run())]
        for part in parts:
            part.add_done_callback(lambda _part: self._outlet.close())
        try:
            while (tick := await self._outlet.get()) is not None:
                yield tick
            for part in parts:
                if part.done():
                    # What broke it.
                    part.result()
        finally:
            self._stop.set()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            self._rest.close()

    def checkpoint(self, acknowledged: int) -> BinanceCheckpoint:
        """How far Kafka has each market, and the gaps before that."""
        return self._acknowledged.checkpoint(acknowledged)

    def figures(self) -> Mapping[str, int]:
        """Connections, gaps and what became of them, and frames refused by reason.

        missing: trades of gaps; of these and of first minutes, backfilled were fetched, left_out are beyond
        BINANCE_BACKFILL_MAX, unavailable the exchange hasn't or we refuse. duplicates: dropped, those of an
        overlap among them. lag_ms: from the exchange's time of the newest trade to its receipt.
        """
        lag_ms = self._newest.received_time_us // 1000 - self._newest.event_time_ms if self._newest else 0
        return {
            "connects": self._stream.connects,
            "reconnects": self._stream.reconnects,
            "handovers": self._stream.handovers,
            "gaps": self._gaps,
            "missing": self._missing,
            "still_missing": sum(gaps.ids for gaps in list(self._position.gaps.values())),
            "backfilled": self._backfill.backfilled,
            "unavailable": self._backfill.unavailable,
            "left_out": self._left_out,
            "duplicates": self._duplicates,
            "implausible": self._implausible,
            "lag_ms": lag_ms,
            **{f"garbage_{why}": times for why, times in self._garbage.items()},
        }

    def _on_tick(self, tick: Tick) -> bool:
        """A live trade, in its turn; whether the outlet is full."""
        last = self._position.last.get(tick.symbol)
        if last is None:
            self._begin(tick)
        elif tick.trade_id != last + 1:
            if tick.trade_id <= last:
                self._drop(tick, last)
                return False
            if not self._is_believed(tick, last):
                return False
            self._note_gap(tick.symbol, last + 1, tick.trade_id - 1)
        self._give_out(tick)
        self._newest = tick
        return self._outlet.full

    def _give_out(self, tick: Tick) -> None:
        self._position.apply(tick)
        self._acknowledged.note(tick)
        self._outlet.put(tick)

    def _take(self, step: Step) -> None:
        """One step of the feed: a tick to give out, or what to know of missing ones."""
        if isinstance(step, Tick):
            self._give_out(step)
            return
        self._position.apply(step)
        self._acknowledged.note(step)
        if isinstance(step, Missing):
            self._bound(step.symbol)
            self._backfill.wake()

    def _drop(self, tick: Tick, last: int) -> None:
        self._duplicates += 1
        if times := self._dropped_log.due():
            log.info(
                "repeated or late trade dropped", symbol=tick.symbol, id=tick.trade_id, last=last, times=times
            )

    def _is_believed(self, tick: Tick, last: int) -> bool:
        """Whether an id that jumps is true: after it, one far ahead by mistake would silence the market.

        A far jump is believed once the next trade goes on from there; it is missing itself until then.
        """
        doubted = self._doubted.pop(tick.symbol, None)
        if tick.trade_id - last <= _JUMP_MAX:
            return True
        if doubted is not None and doubted < tick.trade_id <= doubted + _JUMP_MAX:
            return True
        self._doubted[tick.symbol] = tick.trade_id
        self._implausible += 1
        log.warning("trade id far ahead, not believed yet", symbol=tick.symbol, id=tick.trade_id, last=last)
        return False

    def _await_first_trades(self) -> None:
        """Begins each market that was never fed with this minute, whose candle should be whole.

        Saved before the first trade comes, it holds for the next process too, should this one die before
        Kafka has anything.
        """
        minute_ms = _minute_ms(time.time_ns() // 1_000_000)
        for symbol in ASSETS.keys() - self._position.last.keys() - self._position.beginnings.keys():
            self._take(Began(symbol, minute_ms, 0))

    def _begin(self, tick: Tick) -> None:
        """The first trade of a market that was never fed: those before it can be looked for now."""
        minute_ms, _ = self._position.beginnings[tick.symbol]
        # Our clock may be ahead of the exchange's.
        minute_ms = min(minute_ms, _minute_ms(tick.event_time_ms))
        self._take(Began(tick.symbol, minute_ms, tick.trade_id))
        self._backfill.wake()

    def _note_gap(self, symbol: str, first: int, last: int) -> None:
        trades = last - first + 1
        self._gaps += 1
        self._missing += trades
        if times := self._gap_log.due():
            log.warning("gap in the feed", symbol=symbol, first=first, last=last, trades=trades, times=times)
        self._take(Missing(symbol, first, last))

    def _bound(self, symbol: str) -> None:
        """Keeps what waits for its trades within limits: the number of gaps, and the length of each."""
        gaps = self._position.gaps[symbol]
        while len(gaps) > self._settings.binance_gaps_max:
            # Fetched a second time, what lies between two gaps changes nothing.
            self._take(Missing(symbol, *gaps.closest()))
        for first, last in list(gaps):
            beyond = last - first + 1 - self._settings.binance_backfill_max
            if beyond > 0:
                self._left_out += beyond
                log.warning("gap too long, its oldest trades are left out", symbol=symbol, trades=beyond)
                self._take(Settled(symbol, first, first + beyond - 1))

    def _refuse(self, why: Garbage, shown: bytes) -> None:
        self._garbage[why] += 1
        if times := self._garbage_log.due():
            log.warning("frame refused", why=why, times=times, frame=repr(shown[:_GARBAGE_SHOWN]))


def _minute_ms(time_ms: int) -> int:
    return time_ms - time_ms % MINUTE_MS


async def open_binance(context: SourceContext) -> BinanceSource:
    """The live feed, not yet connected, from where Kafka has it; raises redis.RedisError."""
    return BinanceSource(context.settings, context.checkpoints.load(SOURCE, BinanceCheckpoint))
