"""Trades put into PostgreSQL, and what is there of them."""

from uuid import UUID, uuid4

import sqlalchemy as sa

from market.trades import TradeColumns, TradeRow
from models import Candle, Trade
from tests.support.candles import Minute
from workers.trades import persist


def store(database: sa.Engine, trades: list[TradeRow], batch_id: UUID | None = None) -> None:
    """Stores them as one batch."""
    with database.begin() as connection:
        persist(connection, batch_id or uuid4(), TradeColumns.of(trades))


def stored_trades(database: sa.Engine) -> list[TradeRow]:
    """Every row, by symbol and id."""
    columns = (Trade.symbol, Trade.trade_id, Trade.time, Trade.price, Trade.quantity, Trade.buyer_is_maker)
    with database.connect() as connection:
        rows = connection.execute(sa.select(*columns).order_by(Trade.symbol, Trade.trade_id))
        return [
            TradeRow(symbol, trade_id, round(time.timestamp() * 1000), price, quantity, maker)
            for symbol, trade_id, time, price, quantity, maker in rows
        ]


def stored_minutes(database: sa.Engine) -> list[Minute]:
    """Every candle, by symbol and time."""
    table = Candle.__table__
    with database.connect() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.symbol, table.c.time))
        return [Minute(**row) for row in rows.mappings()]
