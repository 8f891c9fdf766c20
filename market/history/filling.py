"""Filling the days before the desk with candles, a piece at a time: each is one short transaction.

Whoever stops in between has lost nothing, and what is there is not asked for again. The newest minutes come
first: they are what one looks at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from domain.instruments import Asset
from market.history.klines import decode_klines
from market.history.minutes import MINUTE_MS, Page, Span, pages
from market.history.simulated import simulated_past
from market.history.store import (
    first_traded_minute,
    oldest_candle,
    spans_without_klines,
    store_klines,
    store_simulated,
)
from runtime.binance import ROWS_MAX, BinanceRest
from runtime.settings import Settings

SIMULATED_PIECE = 2_000


class NoTradesYet(Exception):
    """A made-up past leads to the first trade, and none is stored."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"no trade of {symbol} is stored yet")


class Piece(NamedTuple):
    """What was just done. minutes: of the missing ones, dealt with; stored: candles written."""

    minutes: int
    stored: int


@dataclass(frozen=True)
class Filling:
    """The work on one asset: how many minutes are missing, and its pieces, each done when it is asked for.

    A piece raises runtime.binance.BinanceError, MalformedKline, and servers' errors.
    """

    missing: int
    pieces: Iterator[Piece]


@dataclass(frozen=True)
class Sources:
    """What candles are made from and where they go."""

    settings: Settings
    database: sa.Engine
    exchange: BinanceRest


NOTHING_TO_DO = Filling(0, iter(()))


def from_klines(sources: Sources, asset: Asset, span: Span) -> Filling:
    """Puts the exchange's own candles into every minute of the span that has none of them.

    Also where trades made one: those of a minute in which the feed began, or had a gap, don't tell all of it,
    and to ask for a page costs less than to find out which.
    """
    with sources.database.connect() as connection:
        missing = spans_without_klines(connection, asset.symbol, span)
    asked = pages(missing, minutes_max=ROWS_MAX)
    return Filling(sum(page.missing for page in asked), _fetched(sources, asset, asked))


def _fetched(sources: Sources, asset: Asset, asked: list[Page]) -> Iterator[Piece]:
    for span, missing in asked:
        rows = sources.exchange.klines(
            asset.market, start_ms=span.begin * MINUTE_MS, end_ms=span.end * MINUTE_MS - 1, limit=span.minutes
        )
        candles = decode_klines(rows, span)
        with sources.database.begin() as connection:
            stored = store_klines(connection, asset.symbol, candles)
        yield Piece(missing, stored)


def from_simulator(sources: Sources, asset: Asset, span: Span) -> Filling:
    """Makes up the minutes of the span before the first trade that the desk ever stored; raises NoTradesYet.

    Later holes stay: while the desk was down nothing could be traded, and a made-up price could have touched
    what was open without closing it.
    """
    with sources.database.connect() as connection:
        oldest = oldest_candle(connection, asset.symbol, since=span.begin)
        if oldest is not None and oldest.minute == span.begin:
            return NOTHING_TO_DO
        first = first_traded_minute(connection, asset.symbol)
    if oldest is None or first is None:
        raise NoTradesYet(asset.symbol)
    if first <= span.begin:
        return NOTHING_TO_DO
    before = Span(span.begin, oldest.minute)
    return Filling(before.minutes, _made_up(sources, asset, before, leads_to=oldest.open))


def _made_up(sources: Sources, asset: Asset, span: Span, *, leads_to: int) -> Iterator[Piece]:
    candles = simulated_past(
        sources.settings.simulator_seed,
        asset,
        span,
        leads_to=leads_to,
        live_trades_per_s=sources.settings.simulator_ticks_per_s,
    )
    while candles:
        piece = candles[-SIMULATED_PIECE:]
        del candles[-SIMULATED_PIECE:]
        with sources.database.begin() as connection:
            stored = store_simulated(connection, asset.symbol, piece)
        yield Piece(len(piece), stored)


# A feed's name -> how the days before it are filled. Not a replay's: a recording begins where it begins.
FILLINGS: dict[str, Callable[[Sources, Asset, Span], Filling]] = {
    "binance": from_klines,
    "simulated": from_simulator,
}
