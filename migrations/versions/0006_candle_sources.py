"""Candles say what they were made from: trades of our own, the exchange's klines, or a simulation."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "candles"
TRADE_IDS = ("first_trade_id", "last_trade_id")
CHECKS = {
    "traded": "volume >= 0 and trades >= 0 and (trades > 0 or source <> 'trades')",
    "source_known": "source in ('trades', 'binance', 'simulated')",
    "trade_ids_known": "num_nulls(first_trade_id, last_trade_id)"
    " = case source when 'trades' then 0 else 2 end",
}


def upgrade() -> None:
    """Adds the column: all candles so far are of trades."""
    op.add_column(TABLE, sa.Column("source", sa.Text(), server_default="trades", nullable=False))
    for column in TRADE_IDS:
        op.alter_column(TABLE, column, nullable=True)
    _drop_check("traded")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, condition)


def downgrade() -> None:
    """Deletes the candles that no trades of ours made: the tables of before can't hold them."""
    op.execute(f"DELETE FROM {TABLE} WHERE source <> 'trades'")  # noqa: S608 - the constant above
    for name in CHECKS:
        _drop_check(name)
    op.create_check_constraint(op.f(f"ck_{TABLE}_traded"), TABLE, "volume >= 0 and trades > 0")
    for column in TRADE_IDS:
        op.alter_column(TABLE, column, nullable=False)
    op.drop_column(TABLE, "source")


def _drop_check(name: str) -> None:
    op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, type_="check")
