"""The candles that PostgreSQL has, minute by minute, with what made them."""

import time
from typing import NamedTuple

import sqlalchemy as sa

from market.history.minutes import DAY_MINUTES, MINUTE_MS, MinuteCandle, Span, last_days
from market.trades import TradeRow
from models import Candle
from tests.support.market import make_trade

WEEK_MINUTES = 7 * DAY_MINUTES


class Stored(NamedTuple):
    """A candle and its source."""

    candle: MinuteCandle
    source: str


def stored(database: sa.Engine, symbol: str = "BTC") -> list[Stored]:
    """The asset's candles, oldest first."""
    query = sa.select(Candle.__table__).where(Candle.symbol == symbol).order_by(Candle.time)
    with database.connect() as connection:
        return [
            Stored(
                MinuteCandle(
                    int(row.time.timestamp()) // 60,
                    *(row.open, row.high, row.low, row.close, row.volume, row.trades),
                ),
                row.source,
            )
            for row in connection.execute(query)
        ]


def stored_minutes(database: sa.Engine, source: str, symbol: str = "BTC") -> list[int]:
    """The minutes that have a candle of that source."""
    return [each.candle.minute for each in stored(database, symbol) if each.source == source]


def this_minute() -> int:
    """The minute that it is."""
    return time.time_ns() // 1_000_000 // MINUTE_MS


def last_week() -> Span:
    """What a history of seven days is now."""
    return last_days(7, now_ms=time.time_ns() // 1_000_000)


def trade_at(minute: int, /, *, trade_id: int = 1, symbol: str = "BTC", price: int = 645_001_200) -> TradeRow:
    """A trade in the middle of a minute."""
    return make_trade(trade_id, symbol=symbol, price=price, time_ms=minute * MINUTE_MS + 30_000)
