"""The lives of the order state, as PostgreSQL counts them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class OrderEpoch(Base):
    """The current life of a shard: a restore from here begins another.

    What Redis holds of an earlier one (a server that comes back after its state was restored elsewhere) is
    not traded on, and not journaled.
    """

    __tablename__ = "order_epochs"
    __table_args__ = (sa.CheckConstraint("epoch > 0", name="epoch_positive"),)

    shard: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
