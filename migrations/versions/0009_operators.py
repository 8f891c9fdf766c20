"""What operators do, and what of it is in force."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTIONS, LIMITS, HALTS = "operator_actions", "asset_limits", "account_halts"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        ACTIONS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("address", "kind", "subject", "reason")),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("trace", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("char_length(reason) between 5 and 500", name=op.f(f"ck_{ACTIONS}_reason_length")),
        sa.CheckConstraint("outcome in ('done', 'failed')", name=op.f(f"ck_{ACTIONS}_outcome_known")),
        sa.CheckConstraint(
            "(outcome = 'failed') = (error is not null)", name=op.f(f"ck_{ACTIONS}_failed_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["users.id"], name=op.f(f"fk_{ACTIONS}_operator_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{ACTIONS}")),
    )
    op.create_index(f"ix_{ACTIONS}_at", ACTIONS, ["at"])
    op.create_index(f"ix_{ACTIONS}_subject", ACTIONS, ["subject"])
    op.create_table(
        LIMITS,
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("close_only", sa.Boolean(), nullable=False),
        sa.Column("position_max", sa.BigInteger(), nullable=True),
        sa.Column("exposure_max", sa.BigInteger(), nullable=True),
        sa.Column("leverage_max", sa.Integer(), nullable=True),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "position_max > 0 and exposure_max >= 0", name=op.f(f"ck_{LIMITS}_amounts_not_negative")
        ),
        sa.CheckConstraint("leverage_max > 0", name=op.f(f"ck_{LIMITS}_leverage_positive")),
        sa.ForeignKeyConstraint(
            ["action_id"], [f"{ACTIONS}.id"], name=op.f(f"fk_{LIMITS}_action_id_{ACTIONS}")
        ),
        sa.PrimaryKeyConstraint("symbol", name=op.f(f"pk_{LIMITS}")),
    )
    op.create_table(
        HALTS,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("since", TIME, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{HALTS}_user_id_users"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], [f"{ACTIONS}.id"], name=op.f(f"fk_{HALTS}_action_id_{ACTIONS}")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f(f"pk_{HALTS}")),
    )


def downgrade() -> None:
    """Forgets what was done, and lifts nothing in Redis."""
    for table in (HALTS, LIMITS, ACTIONS):
        op.drop_table(table)
