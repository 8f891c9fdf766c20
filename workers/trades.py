"""Batches of trades to PostgreSQL: every trade once, and its minute's candle with it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from market.candles import Minute, fold
from market.trades import TradeRow
from models import Candle, Trade, TradeBatch
from workers.resources import resources


def persist_trades(batch_id: str, trades: list[list[Any]]) -> None:
    """Actor: one batch of TradeRows. The same batch again, or a part of it, changes nothing."""
    with resources().database.begin() as connection:
        persist(connection, UUID(batch_id), [TradeRow(*trade) for trade in trades])


def persist(connection: sa.Connection, batch_id: UUID, trades: Sequence[TradeRow]) -> None:
    """Stores the trades that are new, folds them into their minutes, and notes the batch.

    All in the connection's transaction. A trade counts in its candle exactly when its row was new, so
    repeated and overlapping batches, also at the same time, leave what one in order would.
    """
    if connection.scalar(sa.select(TradeBatch.id).where(TradeBatch.id == batch_id)) is not None:
        return
    new = _insert_trades(connection, trades)
    if new:
        _merge_candles(connection, fold(new))
    batch = insert(TradeBatch).values(id=batch_id, trades=len(trades)).on_conflict_do_nothing()
    connection.execute(batch)


def _insert_trades(connection: sa.Connection, trades: Sequence[TradeRow]) -> list[TradeRow]:
    """Inserts in one round trip; returns the rows that weren't there."""
    # Each key once, or the row that PostgreSQL took of two would be a guess; in the key's order, so that two
    # batches with the same trades wait for each other instead of deadlocking.
    by_key = {(row.symbol, row.trade_id, row.time): row for row in sorted(trades)}
    rows = by_key.values()
    columns = {
        "symbol": ([row.symbol for row in rows], Trade.symbol.type),
        "trade_id": ([row.trade_id for row in rows], Trade.trade_id.type),
        "time": ([row.time for row in rows], Trade.time.type),
        "price": ([row.price for row in rows], Trade.price.type),
        "quantity": ([row.quantity for row in rows], Trade.quantity.type),
        "buyer_is_maker": ([row.buyer_is_maker for row in rows], Trade.buyer_is_maker.type),
    }
    arrays = [sa.bindparam(name, values, sa.ARRAY(kind)) for name, (values, kind) in columns.items()]
    source = sa.func.unnest(*arrays).table_valued(*columns).render_derived()
    statement = (
        insert(Trade)
        .from_select(list(columns), sa.select(source))
        .on_conflict_do_nothing()
        .returning(Trade.symbol, Trade.trade_id, Trade.time)
    )
    return [by_key[symbol, trade_id, time] for symbol, trade_id, time in connection.execute(statement)]


def _merge_candles(connection: sa.Connection, minutes: list[Minute]) -> None:
    """Joins the minutes with those in the table, as Minute.merge does; `minutes` come sorted from fold."""
    statement = insert(Candle)
    new = statement.excluded
    is_first = new.first_trade_id < Candle.first_trade_id
    is_last = new.last_trade_id > Candle.last_trade_id
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[Candle.symbol, Candle.time],
            set_={
                "open": sa.case((is_first, new.open), else_=Candle.open),
                "close": sa.case((is_last, new.close), else_=Candle.close),
                "high": sa.func.greatest(Candle.high, new.high),
                "low": sa.func.least(Candle.low, new.low),
                "volume": Candle.volume + new.volume,
                "trades": Candle.trades + new.trades,
                "first_trade_id": sa.func.least(Candle.first_trade_id, new.first_trade_id),
                "last_trade_id": sa.func.greatest(Candle.last_trade_id, new.last_trade_id),
            },
        ),
        [asdict(minute) for minute in minutes],
    )
