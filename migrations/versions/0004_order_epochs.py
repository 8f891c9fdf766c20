"""Epochs: the lives of the order state, one more with each restore."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Makes the table; a shard's first epoch begins when the desk is next opened."""
    op.create_table(
        "order_epochs",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("epoch > 0", name=op.f("ck_order_epochs_epoch_positive")),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_order_epochs")),
    )


def downgrade() -> None:
    """Forgets which life of the order state it was."""
    op.drop_table("order_epochs")
