"""Each order event carries a hash chained to the one before it in its shard; the offset has the newest."""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As workers/hashchain.py had it when this was written: a migration does the same for ever.
FIRST_HASH = bytes(32)
# Events read and written at once: a large desk's history must not be held in memory.
BATCH_EVENTS = 5_000
TABLES = ("order_events", "journal_offsets")

READ = sa.text(
    "SELECT event_ms, event_number, user_id::text, seq, kind, balance,"
    " round(extract(epoch from at) * 1000)::bigint AS at_ms, fields::text"
    " FROM order_events WHERE shard = :shard AND (event_ms, event_number) > (:ms, :number)"
    " ORDER BY event_ms, event_number LIMIT :limit"
)
WRITE = sa.text(
    "UPDATE order_events SET hash = link.hash"
    " FROM unnest(cast(:ms AS bigint[]), cast(:numbers AS bigint[]), cast(:hashes AS bytea[]))"
    " AS link(ms, number, hash)"
    " WHERE shard = :shard AND event_ms = link.ms AND event_number = link.number"
)


def upgrade() -> None:
    """Adds the columns and chains the events that are there, oldest first."""
    for table in TABLES:
        op.add_column(table, sa.Column("hash", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    shards = connection.execute(sa.text("SELECT shard FROM journal_offsets")).scalars().all()
    for shard in shards:
        connection.execute(
            sa.text("UPDATE journal_offsets SET hash = :hash WHERE shard = :shard"),
            {"shard": shard, "hash": _chain(connection, shard)},
        )
    for table in TABLES:
        op.alter_column(table, "hash", nullable=False)
        op.create_check_constraint(op.f(f"ck_{table}_hash_whole"), table, "octet_length(hash) = 32")


def downgrade() -> None:
    """Forgets the hashes; an upgrade computes the same ones again."""
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_hash_whole"), table, type_="check")
        op.drop_column(table, "hash")


def _chain(connection: sa.Connection, shard: int) -> bytes:
    """Writes the hashes of a shard's events, batch by batch; returns the newest."""
    last, ms, number = FIRST_HASH, -1, -1
    while True:
        rows = connection.execute(
            READ, {"shard": shard, "ms": ms, "number": number, "limit": BATCH_EVENTS}
        ).all()
        if not rows:
            return last
        hashes = []
        for row in rows:
            last = _hash(last, shard, row)
            hashes.append(last)
        connection.execute(
            WRITE,
            {
                "shard": shard,
                "ms": [row.event_ms for row in rows],
                "numbers": [row.event_number for row in rows],
                "hashes": hashes,
            },
        )
        ms, number = rows[-1].event_ms, rows[-1].event_number


def _hash(previous: bytes, shard: int, row: sa.Row[Any]) -> bytes:
    event = [
        shard, f"{row.event_ms}-{row.event_number}", row.user_id, row.seq, row.kind, row.balance, row.at_ms,
        orjson.loads(row.fields),
    ]  # fmt: skip
    return hashlib.sha256(previous + orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).digest()
