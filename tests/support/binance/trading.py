"""A small Binance whose markets trade by themselves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from domain.instruments import ASSETS
from domain.market_model import MarketModel
from domain.units import PRICE_DECIMALS, QUANTITY_DECIMALS, decimal_text
from tests.support.binance.book import Book


@contextmanager
def steady_trading(book: Book, *, per_s: float = 10.0) -> Iterator[None]:
    """So many trades a second in every market, for as long as the block lasts."""
    ended = threading.Event()
    models = {asset.market: MarketModel(1, asset, trades_per_s=per_s) for asset in ASSETS.values()}

    def run() -> None:
        while not ended.wait(1 / per_s):
            for market, model in models.items():
                trade = model.next_trade()
                book.trade(
                    market,
                    price=decimal_text(trade.price, PRICE_DECIMALS),
                    quantity=decimal_text(trade.quantity, QUANTITY_DECIMALS),
                    buyer_is_maker=trade.buyer_is_maker,
                )

    trading = threading.Thread(target=run, name="fake-binance-trading")
    trading.start()
    try:
        yield
    finally:
        ended.set()
        trading.join()
