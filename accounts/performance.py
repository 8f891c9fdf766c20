"""How an account has traded: sums over its closed orders, day by day and asset by asset.

The curve of its money is in accounts/equity.py. Results are those of `ClosedOrder.net_pnl`: after all fees.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whose trading, and which of it; the times are inclusive."""

    user_id: UUID
    asset: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def parameters(self) -> dict[str, object]:
        """For the statements here and in accounts/equity.py."""
        return {
            "user_id": self.user_id,
            "asset": self.asset,
            "since": self.since,
            "until": self.until,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Some closed orders together, in cents; lost money is a positive gross_loss."""

    trades: int = 0
    won: int = 0
    lost: int = 0
    pnl: int = 0
    fees: int = 0
    gross_profit: int = 0
    gross_loss: int = 0
    best: int | None = None
    worst: int | None = None
    held_ms: int = 0

    @property
    def net(self) -> int:
        """What the orders brought after their fees."""
        return self.gross_profit - self.gross_loss


@dataclass(frozen=True, slots=True)
class Streaks:
    """Orders won or lost in a row. current: of the newest ones, negative where they lost."""

    longest_won: int
    longest_lost: int
    current: int


@dataclass(frozen=True, slots=True)
class Trading:
    """All closed orders of a period; the days are of UTC, those without a closed order left out."""

    total: Sums
    by_asset: list[tuple[str, Sums]]
    by_day: list[tuple[date, Sums]]
    streaks: Streaks


_ORDERS = """
WITH orders AS (
    SELECT order_id, asset, closed_at, pnl, fee + opening_fee AS fees, pnl - fee - opening_fee AS net,
           (extract(epoch FROM closed_at - opened_at) * 1000)::bigint AS held_ms
    FROM closed_orders
    WHERE user_id = :user_id
      AND (CAST(:asset AS text) IS NULL OR asset = :asset)
      AND (CAST(:since AS timestamptz) IS NULL OR closed_at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR closed_at <= :until)
)
"""
SUMS = sa.text(
    _ORDERS
    + """
SELECT asset, (closed_at AT TIME ZONE 'UTC')::date AS day, count(*) AS trades,
       count(*) FILTER (WHERE net > 0) AS won, count(*) FILTER (WHERE net < 0) AS lost,
       coalesce(sum(pnl), 0)::bigint AS pnl, coalesce(sum(fees), 0)::bigint AS fees,
       coalesce(sum(net) FILTER (WHERE net > 0), 0)::bigint AS gross_profit,
       coalesce(-sum(net) FILTER (WHERE net < 0), 0)::bigint AS gross_loss,
       max(net) AS best, min(net) AS worst, coalesce(sum(held_ms), 0)::bigint AS held_ms
FROM orders
GROUP BY GROUPING SETS ((), (asset), ((closed_at AT TIME ZONE 'UTC')::date))
ORDER BY asset, day
"""
)
# A run is a stretch of orders that went the same way: within it, the place among all and the place among
# those that went that way rise together.
STREAKS = sa.text(
    # Both parts are ours.
    _ORDERS  # noqa: S608
    + """
, placed AS (
    SELECT sign(net)::int AS way, row_number() OVER (ORDER BY closed_at, order_id) AS place,
           row_number() OVER (PARTITION BY sign(net) ORDER BY closed_at, order_id) AS place_of_way
    FROM orders
), runs AS (
    SELECT way, count(*) AS length, max(place) AS newest FROM placed GROUP BY way, place - place_of_way
)
SELECT coalesce(max(length) FILTER (WHERE way = 1), 0) AS longest_won,
       coalesce(max(length) FILTER (WHERE way = -1), 0) AS longest_lost,
       coalesce((array_agg(way * length ORDER BY newest DESC))[1], 0) AS current
FROM runs
"""
)


def read_trading(connection: sa.Connection, period: Period) -> Trading:
    """What the period's closed orders add up to."""
    total, by_asset, by_day = Sums(), [], []
    for row in connection.execute(SUMS, period.parameters()).mappings():
        sums = Sums(**{name: value for name, value in row.items() if name not in {"asset", "day"}})
        if row["asset"] is not None:
            by_asset.append((row["asset"], sums))
        elif row["day"] is not None:
            by_day.append((row["day"], sums))
        else:
            total = sums
    streaks = connection.execute(STREAKS, period.parameters()).one()
    return Trading(total, by_asset, by_day, Streaks(*streaks))
