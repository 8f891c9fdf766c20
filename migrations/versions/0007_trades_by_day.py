"""Trades are kept by day, in chunks of a TimescaleDB hypertable, else in partitions.

docs/decisions/trades-by-day.md says why. How long they are kept is workers/trade_days.py's.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from runtime.logs import get_logger

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

log = get_logger("migrations")

KEY = ["symbol", "trade_id", "time"]
# What a server without the extension, or a role without the right, has to say of CREATE EXTENSION.
REFUSALS = (sa.exc.NotSupportedError, sa.exc.OperationalError, sa.exc.ProgrammingError)


def upgrade() -> None:
    """Splits the table. Its rows are moved to chunks, or become the default partition as they are."""
    op.drop_index("ix_trades_symbol_time", table_name="trades")
    if why_not := _why_no_timescaledb(op.get_bind()):
        log.info("trades by day in partitions of PostgreSQL", why=why_not)
        _make_partitioned()
    else:
        log.info("trades by day in chunks of a TimescaleDB hypertable")
        _make_hypertable()


def downgrade() -> None:
    """Puts all rows into one plain table. The extension stays: others may use it."""
    op.execute("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE")
    op.execute("CREATE TABLE trades_whole (LIKE trades INCLUDING CONSTRAINTS)")
    op.execute("INSERT INTO trades_whole SELECT * FROM trades")
    op.drop_table("trades")
    op.rename_table("trades_whole", "trades")
    op.create_primary_key(op.f("pk_trades"), "trades", KEY)
    op.create_index("ix_trades_symbol_time", "trades", ["symbol", "time"])


def _why_no_timescaledb(connection: sa.Connection) -> str | None:
    """Makes sure of the extension; None when it is there, else why it can't be used."""
    offered = "SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'"
    if not connection.scalar(sa.text(offered)):
        return "the server has no TimescaleDB"
    # Without its library the server would end the connection at CREATE EXTENSION, and the upgrade with it.
    if _setting(connection, "timescaledb.max_background_workers") is None:
        return "TimescaleDB is installed, but not in shared_preload_libraries"
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    except REFUSALS as error:
        return f"TimescaleDB is installed, but: {str(error.orig).partition(chr(10))[0]}"
    if (edition := _setting(connection, "timescaledb.license")) != "timescale":
        return f"TimescaleDB's edition {edition!r} has no compression and no retention"
    return None


def _setting(connection: sa.Connection, name: str) -> str | None:
    return connection.scalar(sa.select(sa.func.current_setting(name, True)))


def _make_hypertable() -> None:
    op.execute(
        "SELECT create_hypertable('trades', by_range('time', interval '1 day'),"
        " create_default_indexes => false, migrate_data => true)"
    )
    op.execute(
        "ALTER TABLE trades SET (timescaledb.compress,"
        " timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'trade_id, time')"
    )


def _make_partitioned() -> None:
    op.rename_table("trades", "trades_default")
    op.execute("ALTER INDEX pk_trades RENAME TO pk_trades_default")
    op.execute("CREATE TABLE trades (LIKE trades_default INCLUDING CONSTRAINTS) PARTITION BY RANGE (time)")
    op.create_primary_key(op.f("pk_trades"), "trades", KEY)
    op.execute("ALTER TABLE trades ATTACH PARTITION trades_default DEFAULT")
