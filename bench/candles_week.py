"""A week of trades and their candles, put into empty tables as fast as PostgreSQL makes them."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import sqlalchemy as sa

from bench.figures import say
from domain.instruments import ASSETS
from market.candles import MINUTE
from workers.trade_partitions import DAY, is_partitioned, make_days

DAYS = 7
MINUTES = DAYS * DAY // MINUTE

# Prices wander over the days and jump from trade to trade; no two runs differ.
_TRADES = sa.text("""
    INSERT INTO trades (symbol, trade_id, time, price, quantity, buyer_is_maker)
    SELECT (cast(:symbols AS text[]))[1 + i % cardinality(cast(:symbols AS text[]))], i,
           cast(:begin AS timestamptz) + i * cast(:apart AS interval),
           600000000 + cast(sin(i / 300000.0) * 50000000 AS bigint) + i * 7919 % 20000,
           1 + i * 104729 % 1000000000, i % 2 = 0
    FROM generate_series(cast(:first AS bigint), cast(:last AS bigint)) AS i
""")
_CANDLES = sa.text("""
    INSERT INTO candles (symbol, time, open, high, low, close, volume, trades, first_trade_id, last_trade_id)
    SELECT symbol, date_bin('1 minute', time, 'epoch') AS minute, (min(ARRAY[trade_id, price]))[2],
           max(price), min(price), (max(ARRAY[trade_id, price]))[2], sum(quantity), count(*),
           min(trade_id), max(trade_id)
    FROM trades
    GROUP BY symbol, minute
""")


@dataclass(frozen=True, slots=True)
class Week:
    """Seven whole days and the trades in them, evenly apart."""

    begin: datetime
    trades: int

    @classmethod
    def until_now(cls, trades: int) -> Self:
        """The week that ends with the last whole hour: as a desk that has run for so long has it."""
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return cls(now - DAYS * DAY, trades)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.begin + DAYS * DAY

    @property
    def apart(self) -> timedelta:
        """From trade to trade."""
        return DAYS * DAY / self.trades


def fill(database: sa.Engine, week: Week) -> None:
    """Makes the days, the trades, the candles; then what autovacuum does for a desk that runs."""
    began = time.monotonic()
    with database.connect() as connection:
        partitioned = is_partitioned(connection)
    if partitioned:
        make_days(database, week.begin.date(), week.end.date())
    for day in range(DAYS):
        first, beyond = (number * week.trades // DAYS for number in (day, day + 1))
        values = {"first": first, "last": beyond - 1, "begin": week.begin, "apart": week.apart}
        with database.begin() as connection:
            connection.execute(_TRADES, values | {"symbols": list(ASSETS)})
        say(f"{time.monotonic() - began:.0f} s: {beyond:,} trades")
    with database.begin() as connection:
        candles = connection.execute(_CANDLES).rowcount
    assert candles == MINUTES * len(ASSETS), f"{candles} candles: there are minutes without a trade"
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE trades, candles"))
    say(f"{time.monotonic() - began:.0f} s: {candles:,} candles")
