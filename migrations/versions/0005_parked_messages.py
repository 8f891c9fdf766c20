"""Messages that failed for good, and what was decided about them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "parked_messages"


def upgrade() -> None:
    """Makes the table."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("fingerprint", "state", "actor", "queue", "subject", "arguments")
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("error_kind", "error", "traceback")),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", time, nullable=False),
        sa.Column("parked_at", time, server_default=sa.func.now(), nullable=False),
        sa.Column("newest_at", time, server_default=sa.func.now(), nullable=False),
        sa.Column("decided_at", time, nullable=True),
        sa.Column("dropped_why", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('parked', 'retried', 'dropped')", name=op.f(f"ck_{TABLE}_state_known")),
        sa.CheckConstraint("tries > 0 and times > 0", name=op.f(f"ck_{TABLE}_counts_positive")),
        sa.CheckConstraint(
            "(state = 'dropped') = (dropped_why is not null)", name=op.f(f"ck_{TABLE}_dropped_for_a_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("fingerprint", name=op.f(f"uq_{TABLE}_fingerprint")),
    )
    op.create_index(f"ix_{TABLE}_actor_subject", TABLE, ["actor", "subject"])


def downgrade() -> None:
    """Forgets what was parked."""
    op.drop_table(TABLE)
