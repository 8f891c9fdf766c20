"""All tables of the first release: accounts, trades and candles, order events and what follows from them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "active_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("margin", sa.BigInteger(), nullable=False),
        sa.Column("initial_margin", sa.BigInteger(), nullable=False),
        sa.Column("added_margin", sa.BigInteger(), nullable=False),
        sa.Column("notional", sa.BigInteger(), nullable=False),
        sa.Column("leverage", sa.BigInteger(), nullable=False),
        sa.Column("open_price", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("liquidation_price", sa.BigInteger(), nullable=False),
        sa.Column("take_profit", sa.BigInteger(), nullable=True),
        sa.Column("stop_loss", sa.BigInteger(), nullable=True),
        sa.Column("opening_fee", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("side in ('long', 'short')", name=op.f("ck_active_orders_side_known")),
        sa.CheckConstraint(
            "liquidation_price >= 0 and opening_fee >= 0", name=op.f("ck_active_orders_not_negative")
        ),
        sa.CheckConstraint(
            "margin > 0 and notional > 0 and open_price > 0", name=op.f("ck_active_orders_amounts_positive")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_active_orders")),
    )
    op.create_index("ix_active_orders_user_id", "active_orders", ["user_id"], unique=False)
    op.create_table(
        "balances",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_balances_balance_not_negative")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_balances")),
    )
    op.create_table(
        "candles",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("trades", sa.BigInteger(), nullable=False),
        sa.Column("first_trade_id", sa.BigInteger(), nullable=False),
        sa.Column("last_trade_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("mod(extract(epoch from time), 60) = 0", name=op.f("ck_candles_on_the_minute")),
        sa.CheckConstraint("first_trade_id <= last_trade_id", name=op.f("ck_candles_trade_order")),
        sa.CheckConstraint(
            "low <= least(open, close) and high >= greatest(open, close)", name=op.f("ck_candles_range")
        ),
        sa.CheckConstraint("low > 0", name=op.f("ck_candles_price_positive")),
        sa.CheckConstraint("volume >= 0 and trades > 0", name=op.f("ck_candles_traded")),
        sa.PrimaryKeyConstraint("symbol", "time", name=op.f("pk_candles")),
    )
    op.create_table(
        "closed_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("margin", sa.BigInteger(), nullable=False),
        sa.Column("initial_margin", sa.BigInteger(), nullable=False),
        sa.Column("added_margin", sa.BigInteger(), nullable=False),
        sa.Column("notional", sa.BigInteger(), nullable=False),
        sa.Column("leverage", sa.BigInteger(), nullable=False),
        sa.Column("open_price", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("liquidation_price", sa.BigInteger(), nullable=False),
        sa.Column("take_profit", sa.BigInteger(), nullable=True),
        sa.Column("stop_loss", sa.BigInteger(), nullable=True),
        sa.Column("opening_fee", sa.BigInteger(), nullable=False),
        sa.Column("parent_order_id", sa.Uuid(), nullable=True),
        sa.Column("close_price", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pnl", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("shortfall", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("receipt_trade_id", sa.BigInteger(), nullable=True),
        sa.Column("receipt_price", sa.BigInteger(), nullable=True),
        sa.Column("receipt_bid", sa.BigInteger(), nullable=True),
        sa.Column("receipt_ask", sa.BigInteger(), nullable=True),
        sa.Column("receipt_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_trigger", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "reason in ('manual','partial_close','take_profit','stop_loss','trailing_stop','liquidation')",
            name=op.f("ck_closed_orders_reason_known"),
        ),
        sa.CheckConstraint("side in ('long', 'short')", name=op.f("ck_closed_orders_side_known")),
        sa.CheckConstraint("credit = margin + pnl - fee", name=op.f("ck_closed_orders_credit_adds_up")),
        sa.CheckConstraint(
            "credit >= 0 and fee >= 0 and shortfall >= 0", name=op.f("ck_closed_orders_not_negative")
        ),
        sa.CheckConstraint(
            "num_nulls(receipt_trade_id, receipt_price, receipt_bid, receipt_ask, receipt_time,"
            " receipt_trigger) in (0, 6)",
            name=op.f("ck_closed_orders_receipt_whole"),
        ),
        sa.CheckConstraint("pnl >= -margin", name=op.f("ck_closed_orders_loss_within_margin")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_closed_orders")),
    )
    op.create_index(
        "ix_closed_orders_user_newest",
        "closed_orders",
        ["user_id", sa.text("closed_at desc"), sa.text("order_id desc")],
        unique=False,
    )
    op.create_table(
        "journal_offsets",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_journal_offsets")),
    )
    op.create_table(
        "order_events",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_order_events_balance_not_negative")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_order_events_seq_positive")),
        sa.PrimaryKeyConstraint("shard", "event_ms", "event_number", name=op.f("pk_order_events")),
        sa.UniqueConstraint("user_id", "seq", name=op.f("uq_order_events_user_id_seq")),
    )
    op.create_table(
        "platform_profit",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fees", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("trading", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shortfall", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_orders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_orders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("fees >= 0 and shortfall >= 0", name=op.f("ck_platform_profit_not_negative")),
        sa.CheckConstraint(
            "open_orders >= 0 and closed_orders >= 0", name=op.f("ck_platform_profit_counts_not_negative")
        ),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_platform_profit")),
    )
    op.create_table(
        "trade_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trades", sa.BigInteger(), nullable=False),
        sa.Column(
            "persisted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trade_batches")),
    )
    op.create_index(op.f("ix_trade_batches_persisted_at"), "trade_batches", ["persisted_at"], unique=False)
    op.create_table(
        "trades",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("buyer_is_maker", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_trades_price_positive")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_trades_quantity_not_negative")),
        sa.PrimaryKeyConstraint("symbol", "trade_id", "time", name=op.f("pk_trades")),
    )
    op.create_index("ix_trades_symbol_time", "trades", ["symbol", "time"], unique=False)
    op.create_table(
        "user_snapshots",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_user_snapshots_balance_not_negative")),
        sa.PrimaryKeyConstraint("user_id", "seq", name=op.f("pk_user_snapshots")),
    )
    op.create_index("ix_user_snapshots_taken_at", "user_snapshots", ["taken_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("role", sa.Text(), server_default="trader", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role in ('trader', 'operator')", name=op.f("ck_users_role_known")),
        sa.CheckConstraint("char_length(email) between 3 and 254", name=op.f("ck_users_email_length")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account in ('trader_cash','trader_margin','house_fees','house_pnl','house_shortfall',"
            "'deposits')",
            name=op.f("ck_ledger_entries_account_known"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["shard", "event_ms", "event_number"],
            ["order_events.shard", "order_events.event_ms", "order_events.event_number"],
            name=op.f("fk_ledger_entries_shard_event_ms_event_number_order_events"),
        ),
        sa.PrimaryKeyConstraint(
            "shard", "event_ms", "event_number", "account", name=op.f("pk_ledger_entries")
        ),
    )
    op.create_index("ix_ledger_entries_user_id", "ledger_entries", ["user_id"], unique=False)
    op.create_table(
        "oauth_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_oauth_accounts_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_accounts")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_oauth_accounts_provider_subject")),
        sa.UniqueConstraint("user_id", "provider", name=op.f("uq_oauth_accounts_user_id_provider")),
    )
    op.create_table(
        "order_snapshots",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "seq"],
            ["user_snapshots.user_id", "user_snapshots.seq"],
            name=op.f("fk_order_snapshots_user_id_seq_user_snapshots"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "seq", "order_id", name=op.f("pk_order_snapshots")),
    )


def downgrade() -> None:
    """Drops the tables, and all that is in them."""
    op.drop_table("order_snapshots")
    op.drop_table("oauth_accounts")
    op.drop_index("ix_ledger_entries_user_id", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_table("users")
    op.drop_index("ix_user_snapshots_taken_at", table_name="user_snapshots")
    op.drop_table("user_snapshots")
    op.drop_index("ix_trades_symbol_time", table_name="trades")
    op.drop_table("trades")
    op.drop_index(op.f("ix_trade_batches_persisted_at"), table_name="trade_batches")
    op.drop_table("trade_batches")
    op.drop_table("platform_profit")
    op.drop_table("order_events")
    op.drop_table("journal_offsets")
    op.drop_index("ix_closed_orders_user_newest", table_name="closed_orders")
    op.drop_table("closed_orders")
    op.drop_table("candles")
    op.drop_table("balances")
    op.drop_index("ix_active_orders_user_id", table_name="active_orders")
    op.drop_table("active_orders")
