"""The migrations against models/, on databases of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from models import Base
from runtime.connections import sqlalchemy_url
from tests.support.services import Services

ROOT = Path(__file__).resolve().parents[2]
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
    """Every column, constraint and index, as PostgreSQL tells them."""
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
                tuple(row) for row in connection.execute(sa.text(query)) if row[0] != "alembic_version"
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
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
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
