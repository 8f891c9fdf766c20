"""Trailing stops of open and closed orders: distance, peak and stop price, all of them or none."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("active_orders", "closed_orders")
COLUMNS = ("trailing_distance", "trailing_peak", "trailing_price")


def upgrade() -> None:
    """Adds the columns; orders that are there already have no trailing stop."""
    for table in TABLES:
        for column in COLUMNS:
            op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_{table}_trailing_stop_whole"), table, f"num_nulls({', '.join(COLUMNS)}) in (0, 3)"
        )


def downgrade() -> None:
    """Forgets the trailing stops; the order events still tell them."""
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_trailing_stop_whole"), table, type_="check")
        for column in reversed(COLUMNS):
            op.drop_column(table, column)
