"""Reads of what the journal writes: one reads what one wrote, though it gets there a moment later."""

import time
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from blueprints.services import services
from models import Balance

# 9999-01-01: what a datetime can hold.
EPOCH_MS_MAX = 253_370_764_800_000
_POLL_S = 0.02


def await_journal(user_id: str) -> None:
    """Waits, with a limit, until PostgreSQL has what Redis has already answered."""
    deadline = time.monotonic() + services().settings.history_wait_s
    seq = services().desk.seq(user_id)
    known = sa.select(Balance.seq).where(Balance.user_id == UUID(user_id))
    while True:
        with services().engine.connect() as connection:
            journaled = connection.scalar(known) or 0
        if journaled >= seq or time.monotonic() >= deadline:
            return
        time.sleep(_POLL_S)


def time_of(epoch_ms: int) -> datetime:
    """Milliseconds since the epoch as a time, without passing through a float."""
    seconds, ms = divmod(epoch_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=ms * 1000)
