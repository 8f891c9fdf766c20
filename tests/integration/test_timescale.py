"""Trades on TimescaleDB: chunks by day, compressed and still open to late trades, dropped when old."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from market.trades import TradeRow
from runtime.settings import Settings
from tests.support.back_office import ROOT
from tests.support.candles import fold
from tests.support.market import NOON, NOON_MS, make_trade, make_trades
from tests.support.migrations import MIGRATION_LIMIT_S
from tests.support.services import Services
from tests.support.stored import store, stored_minutes, stored_trades
from tests.support.timescale import NO_TIMESCALEDB
from workers.trade_days import keep_days

pytestmark = pytest.mark.skipif(bool(NO_TIMESCALEDB), reason=NO_TIMESCALEDB or "it is tested")

TODAY = NOON.date()
DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def no_policies(database: sa.Engine) -> Iterator[None]:
    """Before and after nothing happens to chunks by itself."""
    remove_policies(database)
    yield
    remove_policies(database)


def remove_policies(database: sa.Engine) -> None:
    with database.begin() as connection:
        for policy in ("compression", "retention"):
            connection.execute(sa.text(f"SELECT remove_{policy}_policy('trades', if_exists => true)"))


def policies(database: sa.Engine) -> dict[str, str]:
    query = sa.text(
        "SELECT proc_name, coalesce(config ->> 'drop_after', config ->> 'compress_after') AS after"
        " FROM timescaledb_information.jobs WHERE hypertable_name = 'trades'"
    )
    with database.connect() as connection:
        return {row.proc_name: row.after for row in connection.execute(query)}


def run_policy(database: sa.Engine, policy: str) -> None:
    """What TimescaleDB's own schedule does some time."""
    query = "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = :name"
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        number = connection.scalar(sa.text(query), {"name": policy})
        connection.execute(sa.text(f"CALL run_job({number})"))


def chunks(database: sa.Engine) -> list[tuple[datetime, datetime, bool]]:
    """Of each: from, until, whether it is compressed."""
    query = sa.text(
        "SELECT range_start, range_end, is_compressed FROM timescaledb_information.chunks"
        " WHERE hypertable_name = 'trades' ORDER BY range_start"
    )
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def old_trades(count: int) -> list[TradeRow]:
    """Trades of three days long past, by turns: more than one compressed row holds, with odd ids left out."""
    return [make_trade(2 * number, time_ms=NOON_MS + number % 3 * DAY_MS + number) for number in range(count)]


def test_each_utc_day_is_a_chunk(database: sa.Engine) -> None:
    midnight_ms = NOON_MS - DAY_MS // 2
    trades = [make_trade(number, time_ms=midnight_ms + number * DAY_MS - number % 2) for number in range(4)]
    store(database, trades)
    midnight = NOON.replace(hour=0)
    day = timedelta(days=1)
    assert [(begin, end) for begin, end, _ in chunks(database)] == [
        (midnight, midnight + day),
        (midnight + 2 * day, midnight + 3 * day),
    ]
    assert stored_trades(database) == trades


def test_policies_are_as_the_settings_say_also_when_they_change(
    database: sa.Engine, settings: Settings
) -> None:
    keep_days(database, settings, today=TODAY)
    assert policies(database) == {"policy_compression": "2 days", "policy_retention": "30 days"}
    changed = settings.model_copy(update={"trades_kept_days": 90, "trades_compressed_after_days": 5})
    for _ in range(2):
        keep_days(database, changed, today=TODAY)
        assert policies(database) == {"policy_compression": "5 days", "policy_retention": "90 days"}


def test_a_compressed_day_takes_late_trades_once_and_knows_the_ones_it_has(
    database: sa.Engine, settings: Settings
) -> None:
    # Given three compressed days
    trades = old_trades(6_000)
    store(database, trades)
    with database.begin() as connection:
        connection.execute(sa.text("SELECT add_compression_policy('trades', interval '2 days')"))
    run_policy(database, "policy_compression")
    assert [compressed for _, _, compressed in chunks(database)] == [True] * 3
    # When trades come again, all over the days, and late ones between them
    late = [trade._replace(trade_id=trade.trade_id + 1, price=7) for trade in trades[::50]]
    for _ in range(2):
        store(database, trades[::10] + late)
        store(database, trades)
    # Then rows and candles are those of each trade once
    assert stored_trades(database) == sorted(trades + late)
    assert stored_minutes(database) == fold(sorted(trades + late))


def test_days_past_the_retention_go_and_leave_their_candles(database: sa.Engine, settings: Settings) -> None:
    # Given old trades, of which a day is compressed, and young ones
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    old = old_trades(300)
    young = make_trades(1_000, 10, time_ms=now_ms - 20 * DAY_MS)
    store(database, old + young)
    with database.begin() as connection:
        connection.execute(sa.text("SELECT compress_chunk(chunk) FROM show_chunks('trades') chunk LIMIT 1"))
    keep_days(database, settings, today=TODAY)
    run_policy(database, "policy_retention")
    assert stored_trades(database) == young
    assert stored_minutes(database) == fold(old + young)


def test_a_role_that_may_not_make_the_extension_gets_partitions_and_is_told_why(services: Services) -> None:
    # Given a database of another's, without the extension, whose public schema a role may make tables in
    name, role = f"test_{uuid4().hex}", f"role_{uuid4().hex}"
    with psycopg.connect(services.database_url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'".encode())
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    url = psycopg.conninfo.conninfo_to_dict(services.database_url)
    theirs = f"postgresql://{role}:{role}@{url['host']}:{url['port']}/{name}"
    try:
        with psycopg.connect(services.database_url, dbname=name, autocommit=True) as owner:
            owner.execute(f"GRANT CREATE ON SCHEMA public TO {role}".encode())
        run = subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": theirs},
            capture_output=True,
            text=True,
            timeout=MIGRATION_LIMIT_S,
            check=False,
        )
        assert run.returncode == 0, run.stdout
        assert "trades by day in partitions" in run.stdout
        assert "permission denied to create extension" in run.stdout
    finally:
        with psycopg.connect(services.database_url, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            owner.execute(f"DROP ROLE {role}".encode())
