"""How far the feed is, and what is missing before that: now, and as far as Kafka has acknowledged.

Both are the same steps applied, once when they happen, once when everything given out before them is
acknowledged. A checkpoint is therefore never ahead of Kafka, and what was lost in between is found again as a
gap behind its `last`.
"""

import threading
from collections import deque
from dataclasses import dataclass

from domain.instruments import ASSETS
from domain.messages import Tick
from poller.checkpoint import BinanceCheckpoint
from poller.sources.binance.gaps import Gaps

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Missing:
    """These ids have to be fetched."""

    symbol: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Settled:
    """These ids were given out as past trades, or will not be."""

    symbol: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Began:
    """A market that was never fed: from this minute on its trades are wanted.

    trade_id: the first one given out, those before it have to be looked for; 0 until there is one.
    """

    symbol: str
    minute_ms: int
    trade_id: int


@dataclass(frozen=True, slots=True)
class Found:
    """The trades before the first one given out are known, as Missing or as none."""

    symbol: str


Step = Tick | Missing | Settled | Began | Found


class Position:
    """By symbol: the last id that was given out or lies in a gap, the gaps, and a beginning not yet whole."""

    def __init__(self, checkpoint: BinanceCheckpoint | None = None) -> None:
        stored = checkpoint or BinanceCheckpoint()
        # What is traded no longer is missed no longer.
        self.last = {symbol: last for symbol, last in stored.last.items() if symbol in ASSETS}
        self.gaps = {symbol: Gaps(ranges) for symbol, ranges in stored.gaps.items() if symbol in ASSETS}
        self.beginnings = {symbol: at for symbol, at in stored.beginnings.items() if symbol in ASSETS}

    def apply(self, step: Step) -> None:
        """Takes one step."""
        # Nearly all are this. Past ticks change nothing: their page is settled as a whole.
        if type(step) is Tick:
            self.last[step.symbol] = step.trade_id
            return
        match step:
            case Missing():
                self.gaps.setdefault(step.symbol, Gaps()).add(step.first, step.last)
                # A checkpoint may fall between a gap and the trade behind it: who goes on from there must not
                # take the gap, perhaps fetched by then, for one of its own.
                self.last[step.symbol] = max(self.last.get(step.symbol, 0), step.last)
            case Settled():
                self.gaps.setdefault(step.symbol, Gaps()).remove(step.first, step.last)
            case Began():
                self.beginnings[step.symbol] = (step.minute_ms, step.trade_id)
            case Found():
                self.beginnings.pop(step.symbol, None)

    def checkpoint(self) -> BinanceCheckpoint:
        """The position, to be kept."""
        return BinanceCheckpoint(
            last=dict(self.last),
            gaps={symbol: list(gaps) for symbol, gaps in self.gaps.items() if gaps},
            beginnings=dict(self.beginnings),
        )


class Acknowledged:
    """The position that Kafka's acknowledgements reach. Steps are noted by one thread, any may ask."""

    def __init__(self, checkpoint: BinanceCheckpoint | None) -> None:
        self._position = Position(checkpoint)
        self._steps: deque[Step] = deque()
        self._ticks = 0
        self._lock = threading.Lock()

    def note(self, step: Step) -> None:
        """A step, in the order in which ticks are given out."""
        self._steps.append(step)

    def checkpoint(self, ticks: int) -> BinanceCheckpoint:
        """Where it is when so many of the ticks given out are acknowledged."""
        with self._lock:
            while self._steps:
                if isinstance(self._steps[0], Tick):
                    if self._ticks >= ticks:
                        break
                    self._ticks += 1
                self._position.apply(self._steps.popleft())
            return self._position.checkpoint()
