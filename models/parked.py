"""Messages that failed for good, kept until somebody looks at them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

_STATES = "state in ('parked', 'retried', 'dropped')"


class ParkedMessage(Base):
    """One failure of an actor with the same arguments: a repetition is counted, not kept again.

    parked: waits for somebody. retried: in its queue again; the row goes when the actor is done with it.
    dropped: given up, with the reason; the row stays for a while.
    """

    __tablename__ = "parked_messages"
    __table_args__ = (
        sa.CheckConstraint(_STATES, name="state_known"),
        sa.CheckConstraint("tries > 0 and times > 0", name="counts_positive"),
        sa.CheckConstraint("(state = 'dropped') = (dropped_why is not null)", name="dropped_for_a_reason"),
        # What the batchers ask for.
        sa.Index("ix_parked_messages_actor_subject", "actor", "subject"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    # Of actor, arguments and kind of error.
    fingerprint: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    actor: Mapped[str]
    queue: Mapped[str]
    # The first argument, cut short: the batch, the shard.
    subject: Mapped[str]
    # JSON as text, for JSONB refuses NUL characters, which a poison message may well have.
    arguments: Mapped[str]
    error_kind: Mapped[str]
    # The rest is the newest repetition's; both texts are cut to a limit.
    error: Mapped[str]
    traceback: Mapped[str]
    tries: Mapped[int] = mapped_column(sa.Integer)
    # How often it was parked.
    times: Mapped[int]
    # When the first message was made, when it was parked, and when the newest was.
    first_seen_at: Mapped[datetime]
    parked_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    newest_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    # When it was last retried or dropped.
    decided_at: Mapped[datetime | None]
    dropped_why: Mapped[str | None]
