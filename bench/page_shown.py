"""What the page shows, held against the trades that made it: which are wrong, and how late they come."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from domain.instruments import ASSETS
from domain.units import price_raw, price_usd
from tests.support import rules
from tests.support.binance import Book

# A figure changes ten times a second at most: room for four minutes, made at once.
_SHOWN_MAX = 2_400
_START = f"""
() => {{
  const price = document.querySelector('[data-testid="asset-price-BTC"]');
  const shown = {{ at: new Float64Array({_SHOWN_MAX}), raw: new Float64Array({_SHOWN_MAX}), count: 0 }};
  shown.observer = new MutationObserver(() => {{
    if (shown.count === {_SHOWN_MAX}) return;
    shown.at[shown.count] = Date.now();
    shown.raw[shown.count++] = Number(price.dataset.raw);
  }});
  shown.observer.observe(price, {{ attributes: true, attributeFilter: ['data-raw'] }});
  window.shown_ = shown;
}}
"""
_STOP = """
() => {
  const { at, raw, count, observer } = window.shown_;
  observer.disconnect();
  delete window.shown_;
  return { at: Array.from(at.subarray(0, count)), raw: Array.from(raw.subarray(0, count)) };
}
"""
_RAW = "(testId) => Number(document.querySelector(`[data-testid='${testId}']`).dataset.raw)"
_CENTS = "(testId) => Number(document.querySelector(`[data-testid='${testId}']`).dataset.cents)"
_CLOSE = "() => document.querySelector('[data-testid=chart-legend] [data-figure=close]').textContent"
_MARKET = ASSETS["BTC"].market


@dataclass(frozen=True, slots=True)
class Shown:
    """BTC's bids as they appeared: how old each was, and how many were never a bid."""

    late_ms: tuple[int, ...]
    unknown: int

    def late(self, share: float) -> int:
        """The lateness that this share of them is under."""
        return sorted(self.late_ms)[int(len(self.late_ms) * share)]


def watch_bids(page: Page) -> None:
    """Begins to write down what BTC's bid is shown as, and when."""
    page.evaluate(_START)


def read_bids(page: Page, book: Book) -> Shown:
    """What was written down, judged by the trades of the book."""
    told = page.evaluate(_STOP)
    moments: dict[int, list[int]] = defaultdict(list)
    for trade in _trades(book, _MARKET):
        moments[rules.bid(price_raw(trade["p"]))].append(trade["T"])
    late_ms, unknown = [], 0
    for at, raw in zip(told["at"], told["raw"], strict=True):
        made = moments.get(int(raw), [])
        if newest := bisect_right(made, int(at)):
            late_ms.append(int(at) - made[newest - 1])
        else:
            unknown += 1
    return Shown(tuple(late_ms), unknown)


def unequal_figures(page: Page, book: Book, order: Mapping[str, Any]) -> list[str]:
    """What the page shows otherwise than the last trades say, a sentence each; order: a long in BTC."""
    return [
        f"{name} is {shown}, by the last trade {expected}"
        for name, shown, expected in _figures(page, book, order)
        if shown != expected
    ]


def last_trade(book: Book, symbol: str) -> int:
    """The price of the newest trade, raw."""
    (trade,) = book.agg_trades(ASSETS[symbol].market, from_id=None, start_ms=None, end_ms=None, limit=1)
    return price_raw(trade["p"])


def _figures(page: Page, book: Book, order: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Each figure that moves with a price: its name, what is shown, what is right."""
    for symbol in ASSETS:
        last = last_trade(book, symbol)
        for test_id, expected in (
            (f"asset-price-{symbol}", rules.bid(last)),
            (f"asset-ask-{symbol}", rules.ask(last)),
        ):
            yield test_id, page.evaluate(_RAW, test_id), expected
    last = last_trade(book, "BTC")
    bid = rules.bid(last)
    yield "price-bid", page.evaluate(_RAW, "price-bid"), bid
    yield "price-ask", page.evaluate(_RAW, "price-ask"), rules.ask(last)
    yield "position-price", page.evaluate(_RAW, "position-price"), bid
    pnl = rules.long_pnl(order["margin"] * order["leverage"], order["openPrice"], bid)
    yield "position-pnl", page.evaluate(_CENTS, "position-pnl"), pnl
    yield "the chart's close", page.evaluate(_CLOSE), f"{price_usd(last):,.2f}"


def _trades(book: Book, market: str) -> list[dict[str, Any]]:
    ids = book.ids(market)
    return book.agg_trades(market, from_id=min(ids), start_ms=None, end_ms=None, limit=len(ids))
