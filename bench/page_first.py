"""How soon a trader who comes to the page sees a price, by the browser's own clock."""

import statistics
from collections.abc import Mapping, Sequence

from playwright.sync_api import BrowserContext, Page

LOAD_LIMIT_MS = 60_000
# A price counts when the frame that it is drawn in has been handed over, not when it is in the document.
_WATCH = """
(() => {
  const look = () => document.querySelector('[data-testid="asset-price-BTC"][data-raw]');
  const seen = (observer) => {
    if (!look()) return false;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.firstPriceAt = performance.now(); }));
    return true;
  };
  const observer = new MutationObserver(() => seen(observer));
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ['data-raw'] });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.largestPaintAt = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
})();
"""
_READ = """
() => {
  const [way] = performance.getEntriesByType('navigation');
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  const scripts = performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'));
  const isOfChart = (one) => one.name.includes('/chart-');
  const kb = (some) => some.reduce((total, one) => total + one.encodedBodySize, 0) / 1000;
  return {
    first_byte_ms: way.responseStart,
    first_paint_ms: paint.startTime,
    largest_paint_ms: window.largestPaintAt,
    first_price_ms: window.firstPriceAt,
    js_kb: kb(scripts.filter((one) => !isOfChart(one))),
    js_chart_kb: kb(scripts.filter(isOfChart)),
  };
}
"""
_BARE = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


def first_loads(page: Page, page_url: str, rounds: int) -> dict[str, float]:
    """Medians of the first visits of whom this page has signed in: nothing is in the browser's cache.

    bare_ms is the least that a price of this desk can take: the list of the assets as JSON, nothing else.
    again_ms is the first price of a visit that finds the files in the cache.
    """
    context = page.context
    # Nothing else is open meanwhile; the browser keeps the session.
    page.goto("about:blank")
    cold, bare, again = [], [], []
    for _ in range(rounds):
        cold.append(_load(context, page_url, keeps=False))
        bare.append(_bare_ms(context, f"{page_url}/api/v2/asset/"))
        again.append(_load(context, page_url, keeps=True)["first_price_ms"])
    figures = medians(cold)
    return figures | {
        "first_price_max_ms": max(one["first_price_ms"] for one in cold),
        "again_ms": statistics.median(again),
        "bare_ms": statistics.median(bare),
        "vs_bare": figures["first_price_ms"] / statistics.median(bare),
    }


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each figure."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def _load(context: BrowserContext, url: str, *, keeps: bool) -> dict[str, float]:
    page = _page(context, keeps=keeps)
    page.add_init_script(_WATCH)
    page.goto(url)
    page.wait_for_function("() => window.firstPriceAt && window.largestPaintAt", timeout=LOAD_LIMIT_MS)
    # The chart comes by itself, after what is needed first.
    page.locator('[data-testid="chart"] canvas').first.wait_for(timeout=LOAD_LIMIT_MS)
    figures: dict[str, float] = page.evaluate(_READ)
    page.close()
    return figures


def _bare_ms(context: BrowserContext, url: str) -> float:
    page = _page(context, keeps=False)
    page.goto(url)
    page.wait_for_function(f"() => ({_BARE})() > 0", timeout=LOAD_LIMIT_MS)
    loaded_ms: float = page.evaluate(_BARE)
    page.close()
    return loaded_ms


def _page(context: BrowserContext, *, keeps: bool) -> Page:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": not keeps})
    return page
