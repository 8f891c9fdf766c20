"""The live feed on fake hosts, and what it gave out."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from domain.instruments import ASSETS
from domain.messages import PastTick, Tick
from poller.checkpoint import BinanceCheckpoint
from poller.sources.binance import BinanceSource
from runtime.settings import Settings
from tests.support.binance import Book, FakeBinance, addresses


def settings_of(*hosts: FakeBinance, **changed: Any) -> Settings:
    """Settings of a feed from these hosts that is quick to reconnect."""
    values: dict[str, Any] = {
        **addresses(*hosts),
        "binance_connect_timeout_s": 2.0,
        "reconnect_delay_max_s": 0.05,
    }
    return Settings(_env_file=None, **(values | changed))


def source_of(*hosts: FakeBinance, stored: BinanceCheckpoint | None = None, **changed: Any) -> BinanceSource:
    """A live feed from these hosts."""
    return BinanceSource(settings_of(*hosts, **changed), stored)


def live_ids(ticks: Iterable[Tick], symbol: str = "BTC") -> list[int]:
    """The ids of one market's live ticks, as they came."""
    return [tick.trade_id for tick in ticks if tick.symbol == symbol and not isinstance(tick, PastTick)]


def past_ids(ticks: Iterable[Tick], symbol: str = "BTC") -> list[int]:
    """The ids of one market's past ticks, as they came."""
    return [tick.trade_id for tick in ticks if tick.symbol == symbol and isinstance(tick, PastTick)]


def every_id(ticks: Iterable[Tick]) -> dict[str, list[int]]:
    """By symbol, the ids of all ticks, live and past, sorted."""
    ids: dict[str, list[int]] = defaultdict(list)
    for tick in list(ticks):
        ids[tick.symbol].append(tick.trade_id)
    return {symbol: sorted(found) for symbol, found in ids.items()}


def traded_ids(book: Book, *, since: dict[str, int]) -> dict[str, list[int]]:
    """By symbol, the ids of all that was traded, from the first one that the feed saw on."""
    return {
        symbol: [trade_id for trade_id in sorted(book.ids(ASSETS[symbol].market)) if trade_id >= first]
        for symbol, first in since.items()
    }


def first_ids(ticks: Iterable[Tick]) -> dict[str, int]:
    """By symbol, the lowest id."""
    return {symbol: ids[0] for symbol, ids in every_id(ticks).items()}


def rises(ids: list[int]) -> bool:
    """Whether each is above the one before."""
    return all(before < after for before, after in pairwise(ids))
