"""A small Binance: real servers for its WebSocket streams and its REST market data, over one book of trades.

`fake_binance()` is one host; several share a book: `fake_binance(first.book)`. Tests call the methods of
`FakeBinance`, of its `book`, and of its `rest`.
"""

from tests.support.binance.book import Book
from tests.support.binance.frames import agg_trade
from tests.support.binance.host import FakeBinance, addresses, fake_binance
from tests.support.binance.rest import FakeRest, fake_rest
from tests.support.binance.trading import trade_everywhere, trading

__all__ = [
    "Book",
    "FakeBinance",
    "FakeRest",
    "addresses",
    "agg_trade",
    "fake_binance",
    "fake_rest",
    "trade_everywhere",
    "trading",
]
