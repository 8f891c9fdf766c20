"""Trades that go on happening at a small Binance while a test does something to it."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from domain.instruments import ASSET_BY_MARKET
from domain.units import PRICE_DECIMALS, decimal_text
from tests.support.binance.book import Book

MARKETS = tuple(ASSET_BY_MARKET)


def trade_everywhere(book: Book) -> None:
    """A trade of every market, now: a feed that missed the last ones learns of it by the next."""
    for market, asset in ASSET_BY_MARKET.items():
        book.trade(market, price=decimal_text(asset.reference_price_raw, PRICE_DECIMALS))


@contextmanager
def trading(book: Book, *, per_s: float, seed: int = 1) -> Iterator[threading.Event]:
    """Trades of all markets, so many a second in all, until the block ends or the event is set."""
    ended = threading.Event()

    def trade_on() -> None:
        chooser = random.Random(seed)
        prices = {market: asset.reference_price_raw for market, asset in ASSET_BY_MARKET.items()}
        began_at, made = time.monotonic(), 0
        while not ended.is_set():
            due = int((time.monotonic() - began_at) * per_s)
            for _ in range(due - made):
                market = chooser.choice(MARKETS)
                prices[market] += chooser.randrange(-500, 501)
                price = decimal_text(prices[market], PRICE_DECIMALS)
                book.trade(market, price=price, quantity=f"{chooser.randrange(1, 10**6) / 10**6:.8f}")
            made = due
            time.sleep(1 / per_s)

    thread = threading.Thread(target=trade_on, name="trading")
    thread.start()
    try:
        yield ended
    finally:
        ended.set()
        thread.join()
