"""One-minute candles; longer ones are read from these."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Candle(Base):
    """A minute of one market. first and last trade say which trade made open and close."""

    __tablename__ = "candles"
    __table_args__ = (
        sa.CheckConstraint("low <= least(open, close) and high >= greatest(open, close)", name="range"),
        sa.CheckConstraint("low > 0", name="price_positive"),
        sa.CheckConstraint("volume >= 0 and trades > 0", name="traded"),
        sa.CheckConstraint("first_trade_id <= last_trade_id", name="trade_order"),
        sa.CheckConstraint("mod(extract(epoch from time), 60) = 0", name="on_the_minute"),
    )

    symbol: Mapped[str] = mapped_column(primary_key=True)
    # The minute's start, UTC.
    time: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[int]
    high: Mapped[int]
    low: Mapped[int]
    close: Mapped[int]
    # x 10^8
    volume: Mapped[int]
    trades: Mapped[int]
    first_trade_id: Mapped[int]
    last_trade_id: Mapped[int]
