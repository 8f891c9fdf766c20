"""What PostgreSQL must hold after a replay."""

from collections.abc import Sequence

import psycopg

from poller.recording import RecordedTrade
from tests.support import rules
from tests.support.waiting import eventually


def count_trades(database_url: str, *, below: int = 2**62) -> int:
    """How many BTC trades with ids below that PostgreSQL has."""
    query = "select count(*) from trades where symbol = 'BTC' and trade_id < %s"
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query, [below]).fetchone()
    assert row is not None
    return int(row[0])


def assert_history_is_whole(database_url: str, trades: Sequence[RecordedTrade]) -> None:
    """Waits for exactly the recording's distinct trades, and the minutes computed from the file."""
    distinct = {trade.trade_id: trade for trade in trades}
    eventually(
        lambda: count_trades(database_url) >= len(distinct),
        limit_s=60,
        every_s=0.2,
        what=f"{len(distinct)} trades in PostgreSQL",
    )
    with psycopg.connect(database_url) as connection:
        stored = connection.execute(
            "select trade_id, price, quantity from trades where symbol = 'BTC' order by trade_id"
        ).fetchall()
        candles = connection.execute(
            "select (extract(epoch from time) * 1000)::bigint, open, high, low, close, volume"
            " from candles where symbol = 'BTC' order by time"
        ).fetchall()
    assert stored == [(trade.trade_id, trade.price, trade.quantity) for _, trade in sorted(distinct.items())]
    assert candles == [
        (minute.time_ms, minute.open, minute.high, minute.low, minute.close, minute.volume)
        for minute in rules.minute_candles(trades)
    ]
