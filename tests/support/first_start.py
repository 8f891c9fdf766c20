"""A desk that starts for the first time, and what its chart shows over HTTP."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from domain.instruments import ASSETS
from market.history.minutes import DAY_MINUTES
from runtime.ports import quiet_port
from tests.support.binance import FakeBinance, addresses, fake_binance, trading
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

MINUTE_S = 60
# Between a desk's start and a look at its chart minutes pass, and the day's first minutes leave it.
SLACK_MINUTES = 5
LOOK_EVERY_S = 0.1
TRADES_PER_S = 30.0


@contextmanager
def desk_without_network(folder: Path, *, history_days: int) -> Iterator[RunningDesk]:
    """`auto`, where nobody listens at any address of Binance's."""
    nobody = f"127.0.0.1:{quiet_port()}"
    with running_desk(
        folder,
        MARKET_FEED="auto",
        HISTORY_DAYS=str(history_days),
        BINANCE_STREAM_URLS=f"ws://{nobody}",
        BINANCE_REST_URLS=f"http://{nobody}",
    ) as desk:
        yield desk


@contextmanager
def trading_binance() -> Iterator[FakeBinance]:
    """A small Binance that trades, and has a past."""
    with fake_binance() as binance, trading(binance.book, per_s=TRADES_PER_S):
        yield binance


@contextmanager
def desk_on(binance: FakeBinance, folder: Path, *, history_days: int) -> Iterator[RunningDesk]:
    """`auto`, where that one is reached."""
    where = {name.upper(): urls for name, urls in addresses(binance).items()}
    with running_desk(folder, MARKET_FEED="auto", HISTORY_DAYS=str(history_days), **where) as desk:
        yield desk


def wait_for_chart(desk: RunningDesk, *, days: int, limit_s: float) -> None:
    """Waits until every asset's chart goes so many days back; 0: until it shows anything."""
    for symbol in ASSETS:
        eventually(
            partial(goes_back, desk, symbol, days=days),
            limit_s=limit_s,
            every_s=LOOK_EVERY_S,
            what=f"{days} days of {symbol}",
        )


def goes_back(desk: RunningDesk, symbol: str, *, days: int) -> bool:
    """Whether the chart has a candle of so many days ago, which a history brings last."""
    begin = int(time.time()) - days * DAY_MINUTES * MINUTE_S
    end = begin + SLACK_MINUTES * MINUTE_S
    return bool(_candles(desk, symbol, f"startTime={begin}&endTime={end}&limit=1" if days else "limit=1"))


def minutes_of_chart(desk: RunningDesk, symbol: str) -> list[dict[str, Any]]:
    """The candles of all minutes, oldest first."""
    return _candles(desk, symbol, "limit=20000")


def _candles(desk: RunningDesk, symbol: str, query: str) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = desk.get(f"/asset/candles?asset={symbol}&ts=1m&{query}")["candles"]
    except OSError:
        # The web process is not up yet.
        return []
    return found
