"""The page, as the browser feels it. `python -m bench.page`; `--quick` tries it small.

A whole desk with a day of history, on an exchange that trades when it is told to, and a signed-in trader with
a long in BTC in real Chromium (software rendering, 1440 x 900), all of it on this machine.

first_price_ms       from navigation until the first price is on the screen, nothing in the browser's cache;
                     first_price_max_ms the slowest round, again_ms with the files in the cache
first_byte_ms, first_paint_ms, largest_paint_ms    on the way there
bare_ms, vs_bare     the list of the assets as bare JSON, and how many times as long the page takes
js_kb, js_chart_kb   JavaScript of such a visit, and of the chart, which nothing waits for; gzip, 1,000 bytes
fps, fps_worst       frames in a second while trades come, median of the seconds and the worst of them
fps_quiet            the same page in the same run without trades, half of it before and half after
fps_vs_least         fps over what it must be: 50, or nine tenths of fps_quiet if that is less
blocked_ms           time that tasks of over 50 ms held the page up beyond that, meanwhile
heap_growth_mb       by which what is used of the JavaScript heap grew meanwhile; heap_mb: to what
shown_p50_ms, p99    from a trade to its price on the page; figures change ten times a second at most
shown_unknown        prices that the page showed meanwhile and that no trade before had made
unequal              figures that differ from the last trade once it is over

Exits with 1 when a limit isn't held. The last line has the figures.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from bench.figures import Limits, say
from bench.judged import run_judged
from bench.page_first import first_loads
from bench.page_frames import Frames, Heap, count_frames
from bench.page_shown import last_trade, read_bids, unequal_figures, watch_bids
from domain.instruments import ASSETS
from domain.units import price_usd
from tests.support import rules
from tests.support.binance import Book, addresses, fake_binance, trading
from tests.support.browsing import Trader, chromium, visitor
from tests.support.running_desk import RunningDesk, running_desk
from tests.support.waiting import eventually

LIMITS = Limits(
    most={
        "first_price_ms": 1_500.0,
        "js_kb": 200.0,
        "heap_growth_mb": 10.0,
        "shown_unknown": 0.0,
        "unequal": 0.0,
    },
    least={"fps_vs_least": 1.0},
)
FPS_LEAST = 50.0
OF_QUIET_LEAST = 0.9
START_PER_S = 30.0
SETTLE_LIMIT_S = 20.0
# A figure that changes ten times a second is the last one by then.
SETTLED_S = 2.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. quiet_s: in all."""

    rounds: int = 5
    trades_per_s: float = 300.0
    warm_s: float = 10.0
    busy_s: float = 60.0
    quiet_s: float = 30.0


QUICK = Size(rounds=1, warm_s=1.0, busy_s=4.0, quiet_s=4.0)


def measure(size: Size) -> dict[str, float]:
    """All figures."""
    with (
        tempfile.TemporaryDirectory(prefix="cfdesk-bench-") as name,
        desk_that_waits(Path(name)) as (
            desk,
            book,
        ),
    ):
        trader = Trader.new(desk)
        trader.opens("BTC", "buy")
        with chromium() as browser:
            with visitor(browser) as page, trading(book, per_s=START_PER_S):
                trader.signs_in(page)
                figures = first_loads(page, desk.page, size.rounds)
            say(" ".join(f"{name}={value:.0f}" for name, value in figures.items()))
            with visitor(browser) as page:
                trader.signs_in(page)
                expect(page.get_by_test_id("position-row")).to_have_count(1)
                return figures | watch(page, desk, book, trader, size)


def watch(page: Page, desk: RunningDesk, book: Book, trader: Trader, size: Size) -> dict[str, float]:
    """Figures of the page while it is open."""
    heap = Heap(page)
    with trading(book, per_s=size.trades_per_s):
        time.sleep(size.warm_s)
    settle(desk, book)
    quiet = [quietly(page, size)]
    began_mb = heap.used_mb()
    watch_bids(page)
    with trading(book, per_s=size.trades_per_s, seed=2):
        busy = count_frames(page, size.busy_s)
    settle(desk, book)
    shown = read_bids(page, book)
    grown_mb = heap.used_mb()
    (order,) = trader.get("/trade/open")["orders"]
    unequal = unequal_figures(page, book, order)
    for sentence in unequal:
        say(sentence)
    quiet.append(quietly(page, size))
    say(f"frames/s: {busy.per_s} busy, {[one.per_s for one in quiet]} quiet")
    return frame_figures(busy, quiet) | {
        "heap_mb": grown_mb,
        "heap_growth_mb": grown_mb - began_mb,
        "shown_p50_ms": shown.late(0.5),
        "shown_p99_ms": shown.late(0.99),
        "shown_unknown": shown.unknown,
        "unequal": len(unequal),
    }


def frame_figures(busy: Frames, quiet: list[Frames]) -> dict[str, float]:
    """Of a busy minute and of quiet ones."""
    whole = Frames(sum((one.per_s for one in quiet), ()), blocked_ms=sum(one.blocked_ms for one in quiet))
    return {
        "fps": busy.median,
        "fps_worst": busy.worst,
        "fps_quiet": whole.median,
        "fps_vs_least": busy.median / min(FPS_LEAST, OF_QUIET_LEAST * whole.median),
        "blocked_ms": busy.blocked_ms,
    }


def quietly(page: Page, size: Size) -> Frames:
    """Half of the seconds without trades."""
    return count_frames(page, size.quiet_s / 2)


def settle(desk: RunningDesk, book: Book) -> None:
    """Waits until the desk has every asset's last trade, and the page had time to show it."""

    def has_all() -> bool:
        asks = {symbol: price_usd(rules.ask(last_trade(book, symbol))) for symbol in ASSETS}
        return all((desk.quote(symbol) or {}).get("buyPrice") == ask for symbol, ask in asks.items())

    eventually(has_all, limit_s=SETTLE_LIMIT_S, every_s=0.1, what="the last trades")
    time.sleep(SETTLED_S)


@contextmanager
def desk_that_waits(folder: Path) -> Iterator[tuple[RunningDesk, Book]]:
    """A desk with prices, and the book of an exchange where nothing is traded; prices don't go stale."""
    with fake_binance() as binance:
        where = {name.upper(): urls for name, urls in addresses(binance).items()}
        settings: dict[str, Any] = {"MARKET_FEED": "binance", "HISTORY_DAYS": "1"}
        waits = {"PRICE_STALE_MS": "600000", "BINANCE_SILENCE_S": "600"}
        with (
            trading(binance.book, per_s=START_PER_S) as ended,
            running_desk(folder, **settings, **waits, **where) as desk,
        ):
            for symbol in ASSETS:
                eventually(partial(desk.quote, symbol), what=f"a price of {symbol}")
            ended.set()
            yield desk, binance.book


def main() -> int:
    """Measures, and says which limits are broken."""
    return run_judged(
        "Measures the page in a real browser.", measure, whole=Size(), quick=QUICK, limits=LIMITS
    )


if __name__ == "__main__":
    sys.exit(main())
