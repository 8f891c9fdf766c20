"""The migrations against models/, on databases of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from market.trades import at_ms
from models import Base, JournalOffset, OrderEventRow
from models.trade import is_partition
from runtime.connections import sqlalchemy_url
from tests.support.order_events import AT_MS
from tests.support.services import Services
from tests.support.timescale import NO_TIMESCALEDB
from workers.hashchain import FIRST_HASH
from workers.journal_tables import chain

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = {
    "compare_server_default": True,
    "include_name": lambda name, kind, _: kind != "table" or not is_partition(name),
}
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def database_url(services: Services) -> Iterator[str]:
    """An empty database, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield services.database_url.rpartition("/")[0] + f"/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def start_alembic(database_url: str, *words: str) -> subprocess.Popen[str]:
    """`alembic WORDS` in the checkout."""
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def alembic(database_url: str, *words: str) -> str:
    """Its output, once it succeeded."""
    process = start_alembic(database_url, *words)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    return output


def described(engine: sa.Engine) -> dict[str, Any]:
    """Every column, constraint and index, as PostgreSQL tells them, but for those of partitions.

    A model says nothing of how its table is split.
    """
    queries = {
        "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with engine.connect() as connection:
        return {
            name: sorted(
                tuple(str(value).replace(" ON ONLY ", " ON ") for value in row)
                for row in connection.execute(sa.text(query))
                if row[0] != "alembic_version" and not is_partition(row[0])
            )
            for name, query in queries.items()
        }


def test_migrated_and_made_from_the_models_a_database_is_the_same(
    database_url: str, services: Services
) -> None:
    engine = sa.create_engine(sqlalchemy_url(database_url))
    alembic(database_url, "upgrade", "head")
    migrated = described(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert compare_metadata(context, Base.metadata) == []
    # When all goes and comes back, this time from the models
    alembic(database_url, "downgrade", "base")
    assert described(engine)["columns"] == []
    Base.metadata.create_all(engine)
    # Then constraints and indexes too are the same, names and definitions
    assert described(engine) == migrated
    engine.dispose()


# An order of each table, as the first release wrote them.
FIRST_ORDER = {
    "order_id": uuid4(), "user_id": uuid4(), "asset": "BTC", "side": "long", "margin": 1, "initial_margin": 1,
    "added_margin": 0, "notional": 1, "leverage": 1, "open_price": 1, "opened_at": NOON,
    "liquidation_price": 0, "opening_fee": 0,
}  # fmt: skip
FIRST_CLOSING = {
    "close_price": 1, "closed_at": NOON, "pnl": 0, "fee": 0, "credit": 1, "shortfall": 0, "reason": "manual"
}  # fmt: skip
FIRST_ORDERS = {"active_orders": FIRST_ORDER, "closed_orders": FIRST_ORDER | FIRST_CLOSING}


def orders_of(engine: sa.Engine) -> dict[str, dict[str, Any]]:
    """The one row of each table of orders, with all its columns of now."""
    with engine.connect() as connection:
        return {
            table: dict(connection.execute(sa.text(f"SELECT * FROM {table}")).mappings().one())
            for table in FIRST_ORDERS
        }


def test_orders_of_the_first_release_have_no_trailing_stop_and_survive_the_way_back(
    database_url: str,
) -> None:
    alembic(database_url, "upgrade", "0001")
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for table, row in FIRST_ORDERS.items():
            columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in row]
            connection.execute(sa.insert(sa.table(table, *columns)).values(row))
    before = orders_of(engine)
    # When they are upgraded
    alembic(database_url, "upgrade", "0002")
    nulls = {"trailing_distance": None, "trailing_peak": None, "trailing_price": None}
    assert orders_of(engine) == {table: row | nulls for table, row in before.items()}
    # And taken back
    alembic(database_url, "downgrade", "0001")
    assert orders_of(engine) == before


def write_first_events(engine: sa.Engine, users: list[UUID], count: int) -> None:
    """Deposits of two shards, by turns, as the release before the chain wrote them."""
    rows = []
    for number in range(count):
        user, at = users[number % 2], AT_MS + number // 7
        fields = {"kind": "deposited", "user_id": str(user), "note": '\u20ac\u00fc"', "at_ms": str(at)}
        rows.append(
            {
                "shard": number % 2, "event_ms": at, "event_number": number, "user_id": user,
                "seq": number // 2 + 1, "kind": "deposited", "balance": number, "at": at_ms(at),
                "fields": orjson.dumps(fields).decode(),
            }
        )  # fmt: skip
    values = ", ".join(f":{name}" for name in rows[0]).replace(":fields", "cast(:fields AS jsonb)")
    insert = f"INSERT INTO order_events ({', '.join(rows[0])}) VALUES ({values})"
    key = "shard, event_ms, event_number"
    offset = f"INSERT INTO journal_offsets ({key}) VALUES (:shard, :event_ms, :event_number)"
    with engine.begin() as connection:
        connection.execute(sa.text(insert), rows)
        for row in rows[-2:]:
            connection.execute(sa.text(offset), row)


def test_events_of_the_first_release_are_chained_as_the_journal_would(database_url: str) -> None:
    alembic(database_url, "upgrade", "0002")
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    # Given more events than one batch of the migration
    write_first_events(engine, [uuid4(), uuid4()], 10_050)
    alembic(database_url, "upgrade", "head")

    def events(shard: int) -> list[dict[str, Any]]:
        key = (OrderEventRow.event_ms, OrderEventRow.event_number)
        query = sa.select(OrderEventRow.__table__).where(OrderEventRow.shard == shard).order_by(*key)
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def offset(shard: int) -> bytes | None:
        with engine.connect() as connection:
            return connection.scalar(sa.select(JournalOffset.hash).where(JournalOffset.shard == shard))

    found = {shard: events(shard) for shard in (0, 1)}
    for shard, rows in found.items():
        hashes = [row["hash"] for row in rows]
        newest = chain(FIRST_HASH, rows)
        assert [row["hash"] for row in rows] == hashes
        assert offset(shard) == newest == hashes[-1]
    # And the way back and forth changes nothing
    alembic(database_url, "downgrade", "0002")
    alembic(database_url, "upgrade", "head")
    assert {shard: events(shard) for shard in (0, 1)} == found


def test_on_the_way_back_only_candles_of_trades_are_kept(database_url: str) -> None:
    alembic(database_url, "upgrade", "0005")
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    of_trades = sa.text("INSERT INTO candles VALUES ('BTC', :time, 5, 6, 4, 5, 0, 1, 1, 9)")
    of_klines = sa.text("INSERT INTO candles VALUES ('ETH', :time, 5, 6, 4, 5, 0, 0, null, null, 'binance')")

    def candles() -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text("SELECT * FROM candles"))]

    with engine.begin() as connection:
        connection.execute(of_trades, {"time": NOON})
    before = candles()
    # When the table learns of sources, and gets a candle of another
    alembic(database_url, "upgrade", "0006")
    assert candles() == [(*row, "trades") for row in before]
    with engine.begin() as connection:
        connection.execute(of_klines, {"time": NOON})
    # Then the way back leaves what was there
    alembic(database_url, "downgrade", "0005")
    assert candles() == before


def test_trades_survive_the_split_by_day_and_the_way_back(database_url: str) -> None:
    alembic(database_url, "upgrade", "0006")
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    fill = sa.text(
        "INSERT INTO trades SELECT symbol, i, timestamptz '2026-03-01Z' + i * interval '1 hour', i, i, true"
        " FROM generate_series(1, 200) i, unnest(ARRAY['BTC', 'ETH']) symbol"
    )

    def trades() -> list[tuple[Any, ...]]:
        query = sa.text("SELECT * FROM trades ORDER BY symbol, trade_id")
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    with engine.begin() as connection:
        connection.execute(fill)
    before, tables = trades(), described(engine)
    # When the table is split, the log says how
    way = "partitions of PostgreSQL" if NO_TIMESCALEDB else "chunks of a TimescaleDB hypertable"
    assert f"trades by day in {way}" in alembic(database_url, "upgrade", "head")
    assert trades() == before
    # And back
    alembic(database_url, "downgrade", "0006")
    assert trades() == before
    assert described(engine) == tables
    alembic(database_url, "upgrade", "head")
    assert trades() == before


def test_a_second_upgrade_does_nothing(database_url: str) -> None:
    assert "Running upgrade" in alembic(database_url, "upgrade", "head")
    assert "Running upgrade" not in alembic(database_url, "upgrade", "head")


def test_upgrades_at_the_same_time_wait_for_each_other(database_url: str) -> None:
    processes = [start_alembic(database_url, "upgrade", "head") for _ in range(3)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert sum("Running upgrade" in output for output in outputs) == 1


def test_without_a_database_the_message_says_which_setting() -> None:
    process = start_alembic("", "upgrade", "head")
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "DATABASE_URL is not set" in output
