"""One-minute candles; longer ones are read from these."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CandleSource(StrEnum):
    """What a candle was made from."""

    # Our own: each of them in the table when it was counted.
    TRADES = "trades"
    # A kline that the exchange made.
    BINANCE = "binance"
    SIMULATED = "simulated"


class Candle(Base):
    """A minute of one market. first and last trade say which trade made open and close; only trades of our
    own have made a candle that knows them, and more of them are folded into no other."""

    __tablename__ = "candles"
    __table_args__ = (
        sa.CheckConstraint("low <= least(open, close) and high >= greatest(open, close)", name="range"),
        sa.CheckConstraint("low > 0", name="price_positive"),
        sa.CheckConstraint(
            "volume >= 0 and trades >= 0 and (trades > 0 or source <> 'trades')", name="traded"
        ),
        sa.CheckConstraint("source in ('trades', 'binance', 'simulated')", name="source_known"),
        sa.CheckConstraint(
            "num_nulls(first_trade_id, last_trade_id) = case source when 'trades' then 0 else 2 end",
            name="trade_ids_known",
        ),
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
    first_trade_id: Mapped[int | None]
    last_trade_id: Mapped[int | None]
    # A CandleSource.
    source: Mapped[str] = mapped_column(server_default=CandleSource.TRADES)
