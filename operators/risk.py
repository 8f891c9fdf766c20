"""What the house stands to win or lose: sums over everything that is open, at the prices of now.

PostgreSQL's active orders, which follow the order state within a second or so. Money in cents of the house's
side: what traders have won it has lost. Order arithmetic is the Lua library's; these are sums of it, rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.orders import Quote

# By how many percent a price must move until positions are liquidated: upper ends of the bands.
HEAT_BANDS = (1, 2, 5, 10, 25, 100)
ACCOUNTS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRisk:
    """One asset. Money in cents; pnl: of the house, None without a price."""

    symbol: str
    longs: int
    shorts: int
    long_notional: int
    short_notional: int
    margin: int
    pnl: int | None

    @property
    def open_interest(self) -> int:
        """All notional."""
        return self.long_notional + self.short_notional

    @property
    def net(self) -> int:
        """Longs less shorts, as traders hold them: the house has the other side."""
        return self.long_notional - self.short_notional


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Notional that is liquidated when the price moves by up to this percentage, from the band before on."""

    symbol: str
    side: str
    percent: int
    notional: int
    positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeAccount:
    """An account with much at stake. pnl: of the trader, None without a price for all of it."""

    user_id: UUID
    email: str
    balance: int
    notional: int
    margin: int
    positions: int
    pnl: int | None


# Positions with what each is worth: sign of the side, closing price (null without one), PnL in cents.
_OPEN = """
WITH quotes AS (
    SELECT * FROM unnest(CAST(:symbols AS text[]), CAST(:bids AS bigint[]), CAST(:asks AS bigint[]))
        AS columns (symbol, bid, ask)
),
open AS (
    SELECT o.*, CASE side WHEN 'long' THEN q.bid ELSE q.ask END AS price,
           CASE side WHEN 'long' THEN 1 ELSE -1 END AS sign
    FROM active_orders o LEFT JOIN quotes q ON q.symbol = o.asset
),
valued AS (
    SELECT *, greatest(-margin, sign * trunc(notional::numeric * (price - open_price) / open_price)) AS pnl
    FROM open
)
"""


def _of_open(select: str) -> sa.TextClause:
    """A statement over the positions and what they are worth, `valued`."""
    return sa.text(_OPEN + select)


_BY_ASSET = _of_open(
    """
SELECT asset AS symbol,
       count(*) FILTER (WHERE side = 'long') AS longs,
       count(*) FILTER (WHERE side = 'short') AS shorts,
       coalesce(sum(notional) FILTER (WHERE side = 'long'), 0)::bigint AS long_notional,
       coalesce(sum(notional) FILTER (WHERE side = 'short'), 0)::bigint AS short_notional,
       sum(margin)::bigint AS margin,
       CASE WHEN count(price) = count(*) THEN (-sum(pnl))::bigint END AS pnl
FROM valued GROUP BY asset ORDER BY asset
"""
)

_HEAT = _of_open(
    """
SELECT asset, side, band, sum(notional)::bigint AS notional, count(*) AS positions
FROM (
    SELECT asset, side, notional,
           width_bucket(greatest(0, sign * (price - liquidation_price) * 100.0 / price),
                        CAST(:bands AS numeric[])) AS band
    FROM valued WHERE price IS NOT NULL
) AS distances
GROUP BY asset, side, band ORDER BY asset, side, band
"""
)

_LARGEST = _of_open(
    """
SELECT v.user_id, u.email, b.balance, sum(v.notional)::bigint AS notional, sum(v.margin)::bigint AS margin,
       count(*) AS positions,
       CASE WHEN count(v.price) = count(*) THEN sum(v.pnl)::bigint END AS pnl
FROM valued v JOIN users u ON u.id = v.user_id JOIN balances b ON b.user_id = v.user_id
GROUP BY v.user_id, u.email, b.balance ORDER BY notional DESC, v.user_id LIMIT :most
"""
)

_PROFIT = sa.text(
    """
SELECT date_bin(CAST(:step AS interval), 'epoch'::timestamptz + event_ms * interval '1 millisecond', 'epoch')
           AS at,
       coalesce(sum(amount) FILTER (WHERE account = 'house_fees'), 0)::bigint AS fees,
       coalesce(sum(amount) FILTER (WHERE account = 'house_pnl'), 0)::bigint AS trading,
       coalesce(sum(amount) FILTER (WHERE account = 'house_shortfall'), 0)::bigint AS shortfall
FROM ledger_entries
WHERE shard = ANY(:shards) AND event_ms >= :since_ms
GROUP BY at ORDER BY at
"""
)


def read_assets(connection: sa.Connection, quotes: Mapping[str, Quote]) -> list[AssetRisk]:
    """Every asset in which something is open."""
    rows = connection.execute(_BY_ASSET, _parameters(quotes)).mappings()
    return [AssetRisk(**row) for row in rows]


def read_heat(connection: sa.Connection, quotes: Mapping[str, Quote]) -> list[Heat]:
    """How near the liquidations are; what no price liquidates lies in the last band."""
    rows = connection.execute(_HEAT, _parameters(quotes) | {"bands": [0, *HEAT_BANDS[:-1]]})
    return [
        Heat(
            symbol=row.asset,
            side=row.side,
            percent=HEAT_BANDS[min(row.band, len(HEAT_BANDS)) - 1],
            notional=row.notional,
            positions=row.positions,
        )
        for row in rows
    ]


def read_largest(connection: sa.Connection, quotes: Mapping[str, Quote], most: int) -> list[LargeAccount]:
    """The accounts with the largest open notional."""
    rows = connection.execute(_LARGEST, _parameters(quotes) | {"most": min(most, ACCOUNTS_MAX)}).mappings()
    return [LargeAccount(**row) for row in rows]


def read_profit(
    connection: sa.Connection, *, shards: int, since: datetime, step: str
) -> list[Mapping[str, Any]]:
    """What the house made by source, from a time on, in steps of a PostgreSQL interval.

    Rows of at, fees, trading, shortfall from the ledger: a loss is below zero, so that the three add up.
    """
    parameters = {
        "shards": list(range(shards)),
        "since_ms": int(since.timestamp() * 1000),
        "step": step,
    }
    return [dict(row) for row in connection.execute(_PROFIT, parameters).mappings()]


def _parameters(quotes: Mapping[str, Quote]) -> dict[str, Any]:
    return {
        "symbols": list(quotes),
        "bids": [quote.bid for quote in quotes.values()],
        "asks": [quote.ask for quote in quotes.values()],
    }
