"""Rows that PostgreSQL refuses: wrong money, wrong words, wrong times."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from models import (
    ActiveOrder,
    Balance,
    Base,
    Candle,
    CandleSource,
    ClosedOrder,
    JournalOffset,
    LedgerEntry,
    OrderEventRow,
    PlatformProfit,
    Trade,
    User,
    UserSnapshot,
)
from tests.support.order_events import AT_MS, USER_ID, closing_fields, position_fields, trailing_fields

Row = dict[str, Any]
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TRADE_IDS = ("first_trade_id", "last_trade_id")


def order() -> Row:
    """The design's first worked case, as a row."""
    names = position_fields()
    del names["opened_at_ms"]
    return names | {
        "order_id": uuid4(), "user_id": UUID(USER_ID), "opened_at": NOON,
        "take_profit": None, "stop_loss": None,
    }  # fmt: skip


def closed() -> Row:
    """Its close by hand."""
    names = order() | closing_fields()
    del names["closed_at_ms"]
    return names | {"closed_at": NOON}


def event() -> Row:
    """A deposit."""
    return {
        "shard": 0, "event_ms": AT_MS, "event_number": 0, "user_id": UUID(USER_ID), "seq": 1,
        "kind": "deposited", "balance": 0, "at": NOON, "fields": {}, "hash": bytes(32),
    }  # fmt: skip


def entry() -> Row:
    """One side of its booking."""
    names = {name: event()[name] for name in ("shard", "event_ms", "event_number", "user_id")}
    return names | {"account": "deposits", "amount": -1}


def candle() -> Row:
    """A minute of one market."""
    return {
        "symbol": "BTC", "time": NOON, "open": 5, "high": 6, "low": 4, "close": 5, "volume": 0, "trades": 1,
        "first_trade_id": 1, "last_trade_id": 9, "source": "trades",
    }  # fmt: skip


def trade() -> Row:
    """One trade."""
    return {
        "symbol": "BTC", "trade_id": 1, "time": NOON, "price": 1, "quantity": 0, "buyer_is_maker": True
    }  # fmt: skip


def offset() -> Row:
    """Up to where a shard is journaled."""
    return {"shard": 0, "event_ms": AT_MS, "event_number": 0, "hash": bytes(32)}


def balance() -> Row:
    """An account's balance."""
    return {"user_id": uuid4(), "shard": 0, "balance": 0, "seq": 1, "updated_at": NOON}


def snapshot() -> Row:
    """An account as it stood."""
    return {"user_id": uuid4(), "seq": 1, "shard": 0, "event_ms": 1, "event_number": 0, "balance": 0}


def profit() -> Row:
    """The house's figures."""
    return {"shard": 0, "fees": 0, "trading": -1, "shortfall": 0, "open_orders": 0, "closed_orders": 0}


def user() -> Row:
    """A person."""
    return {"id": uuid4(), "email": "a@b.c", "role": "trader"}


GOOD = {
    ActiveOrder: order,
    Balance: balance,
    Candle: candle,
    ClosedOrder: closed,
    JournalOffset: offset,
    LedgerEntry: entry,
    OrderEventRow: event,
    PlatformProfit: profit,
    Trade: trade,
    User: user,
    UserSnapshot: snapshot,
}


@pytest.mark.parametrize(
    ("table", "changed", "refused_by"),
    [
        (ActiveOrder, {"side": "up"}, "side_known"),
        (ActiveOrder, {"margin": 0}, "amounts_positive"),
        (ActiveOrder, {"notional": -1}, "amounts_positive"),
        (ActiveOrder, {"open_price": 0}, "amounts_positive"),
        (ActiveOrder, {"liquidation_price": -1}, "not_negative"),
        (ActiveOrder, {"opening_fee": -1}, "not_negative"),
        (ClosedOrder, {"credit": 10_930}, "credit_adds_up"),
        (ClosedOrder, {"pnl": 980}, "credit_adds_up"),
        (ClosedOrder, {"pnl": -10_001, "fee": -1, "credit": 0}, "loss_within_margin|not_negative"),
        (ClosedOrder, {"pnl": -10_000, "fee": 1, "credit": -1}, "not_negative"),
        (ClosedOrder, {"shortfall": -1}, "not_negative"),
        (ClosedOrder, {"reason": "boredom"}, "reason_known"),
        (ClosedOrder, {"receipt_trade_id": 7}, "receipt_whole"),
        (Candle, {"time": NOON.replace(second=1)}, "on_the_minute"),
        (Candle, {"open": 7}, "range"),
        (Candle, {"low": 6}, "range"),
        (Candle, {"low": 0}, "price_positive"),
        (Candle, {"trades": 0}, "traded"),
        (Candle, {"volume": -1}, "traded"),
        (Candle, {"first_trade_id": 10}, "trade_order"),
        (Candle, {"first_trade_id": None}, "trade_ids_known"),
        (Candle, dict.fromkeys(TRADE_IDS), "trade_ids_known"),
        (Candle, {"source": "binance"}, "trade_ids_known"),
        (Candle, {"source": "simulated", "last_trade_id": None}, "trade_ids_known"),
        (Candle, {"source": "a dream", **dict.fromkeys(TRADE_IDS)}, "source_known"),
        (Candle, {"source": "binance", "trades": -1, **dict.fromkeys(TRADE_IDS)}, "traded"),
        (OrderEventRow, {"seq": 0}, "seq_positive"),
        (OrderEventRow, {"balance": -1}, "balance_not_negative"),
        (OrderEventRow, {"hash": bytes(31)}, "hash_whole"),
        (JournalOffset, {"hash": b""}, "hash_whole"),
        (LedgerEntry, {"amount": 0}, "amount_not_zero"),
        (LedgerEntry, {"account": "mine"}, "account_known"),
        (LedgerEntry, {"event_number": 1}, "fk_ledger_entries"),
        (Trade, {"price": 0}, "price_positive"),
        (Trade, {"quantity": -1}, "quantity_not_negative"),
        (Balance, {"balance": -1}, "balance_not_negative"),
        (UserSnapshot, {"balance": -1}, "balance_not_negative"),
        (PlatformProfit, {"fees": -1}, "not_negative"),
        (PlatformProfit, {"shortfall": -1}, "not_negative"),
        (PlatformProfit, {"open_orders": -1}, "counts_not_negative"),
        (User, {"email": "A@b.c"}, "email_lower_case"),
        (User, {"role": "king"}, "role_known"),
    ],
)
def test_what_may_not_be_is_refused(
    database: sa.Engine, table: type[Base], changed: Row, refused_by: str
) -> None:
    with database.connect() as connection:
        if table is LedgerEntry:
            connection.execute(sa.insert(OrderEventRow).values(event()))
        # Given a row that is well
        with connection.begin_nested() as attempt:
            connection.execute(sa.insert(table).values(GOOD[table]()))
            attempt.rollback()
        # Then the same with one thing wrong is not taken
        with pytest.raises(sa.exc.IntegrityError, match=refused_by):
            connection.execute(sa.insert(table).values(GOOD[table]() | changed))


@pytest.mark.parametrize("source", [CandleSource.BINANCE, CandleSource.SIMULATED])
def test_a_candle_of_no_trades_of_ours_knows_none_and_may_be_quiet(
    database: sa.Engine, source: CandleSource
) -> None:
    with database.begin() as connection:
        quiet = candle() | dict.fromkeys(TRADE_IDS) | {"source": source, "trades": 0}
        connection.execute(sa.insert(Candle).values(quiet))


@pytest.mark.parametrize("missing", [*trailing_fields()])
@pytest.mark.parametrize("table", [ActiveOrder, ClosedOrder])
def test_a_trailing_stop_is_whole_or_not_at_all(database: sa.Engine, table: type[Base], missing: str) -> None:
    with database.connect() as connection:
        with connection.begin_nested() as attempt:
            connection.execute(sa.insert(table).values(GOOD[table]() | trailing_fields()))
            attempt.rollback()
        with pytest.raises(sa.exc.IntegrityError, match="trailing_stop_whole"):
            connection.execute(sa.insert(table).values(GOOD[table]() | trailing_fields() | {missing: None}))


def test_an_accounts_sequence_number_is_used_once(database: sa.Engine) -> None:
    with database.connect() as connection:
        connection.execute(sa.insert(OrderEventRow).values(event()))
        with pytest.raises(sa.exc.IntegrityError, match="uq_order_events_user_id_seq"):
            connection.execute(sa.insert(OrderEventRow).values(event() | {"event_number": 1}))
