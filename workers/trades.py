"""Batches of trades to PostgreSQL: every trade once, and its minute's candle with it."""

from uuid import UUID

import sqlalchemy as sa

from market.trades import TradeColumns
from workers.resources import resources

# One statement, so one round trip and no row travels back. Batches with the same trades, also at the same
# time, wait for each other instead of deadlocking, as everyone locks trades and then candles in the order of
# their keys. `fresh` are the rows that weren't there, and nothing else makes candles: open and close go by
# trade id, so late, repeated and overlapping batches leave what the trades in order would.
_PERSIST = sa.text("""
    WITH given AS (
        SELECT symbol, trade_id, 'epoch'::timestamptz + time_ms * interval '1 millisecond' AS time,
               price, quantity, buyer_is_maker
        FROM unnest(CAST(:symbols AS text[]), CAST(:trade_ids AS bigint[]), CAST(:times_ms AS bigint[]),
                    CAST(:prices AS bigint[]), CAST(:quantities AS bigint[]),
                    CAST(:buyers_are_makers AS boolean[]))
             AS columns (symbol, trade_id, time_ms, price, quantity, buyer_is_maker)
        -- A batch that comes again costs one look.
        WHERE NOT EXISTS (SELECT FROM trade_batches WHERE id = :batch_id)
    ),
    fresh AS (
        INSERT INTO trades (symbol, trade_id, time, price, quantity, buyer_is_maker)
        SELECT * FROM given
        ORDER BY symbol, trade_id, time
        ON CONFLICT (symbol, trade_id, time) DO NOTHING
        RETURNING *
    ),
    minutes AS (
        SELECT symbol, date_bin('1 minute', time, 'epoch') AS minute,
               (array_agg(price ORDER BY trade_id, time))[1] AS open,
               max(price) AS high,
               min(price) AS low,
               (array_agg(price ORDER BY trade_id DESC, time DESC))[1] AS close,
               sum(quantity)::bigint AS volume,
               count(*) AS trades,
               min(trade_id) AS first_trade_id,
               max(trade_id) AS last_trade_id
        FROM fresh
        GROUP BY symbol, minute
    ),
    noted AS (
        INSERT INTO trade_batches (id, trades)
        SELECT :batch_id, count(*) FROM given
        ON CONFLICT DO NOTHING
    )
    INSERT INTO candles AS old
        (symbol, time, open, high, low, close, volume, trades, first_trade_id, last_trade_id)
    SELECT * FROM minutes
    ORDER BY symbol, minute
    ON CONFLICT (symbol, time) DO UPDATE SET
        open = CASE WHEN excluded.first_trade_id < old.first_trade_id THEN excluded.open ELSE old.open END,
        high = greatest(old.high, excluded.high),
        low = least(old.low, excluded.low),
        close = CASE WHEN excluded.last_trade_id > old.last_trade_id THEN excluded.close ELSE old.close END,
        volume = old.volume + excluded.volume,
        trades = old.trades + excluded.trades,
        first_trade_id = least(old.first_trade_id, excluded.first_trade_id),
        last_trade_id = greatest(old.last_trade_id, excluded.last_trade_id)
    -- A whole minute of another source has these trades in it, or none that are real.
    WHERE old.source = 'trades'
""").bindparams(sa.bindparam("batch_id", type_=sa.Uuid()))


def persist_trades(batch_id: str, columns: list[str]) -> None:
    """Actor: one batch of TradeColumns. The same batch again, or a part of it, changes nothing."""
    # The server commits with the statement's end: neighbours wait for this batch's candles, and had to wait
    # for this process to come round to a COMMIT.
    database = resources().database.execution_options(isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        persist(connection, UUID(batch_id), TradeColumns(*columns))


def persist(connection: sa.Connection, batch_id: UUID, trades: TradeColumns) -> None:
    """Stores the trades that are new, folds them into their minutes, and notes the batch.

    All or nothing, whether or not the connection commits by itself: it is one statement. A trade counts in
    its candle exactly when its row was new.
    """
    connection.execute(_PERSIST, {"batch_id": batch_id, **trades._asdict()})
