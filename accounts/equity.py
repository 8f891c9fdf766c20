"""The curve of an account's realised equity: its free money and the margin in its open positions.

It is the ledger's: fees, settlements, deposits and resets move it, prices do not. Money from outside (the
first deposit, a later one, a reset) is neither won nor lost, so each begins a new curve, and drawdowns are
within one. Of a single asset it is what trading it has brought since the period's start, from zero.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from accounts.performance import Period

POINTS_MAX = 500
# Of each bucket the lowest and the highest point are kept, and of the whole the first and the last.
BUCKETS = (POINTS_MAX - 2) // 2


@dataclass(frozen=True, slots=True)
class Point:
    """The equity from this time on, in cents; `curve` rises with each new one."""

    at: datetime
    equity: int
    curve: int


@dataclass(frozen=True, slots=True)
class Equity:
    """The curve, all fees that the ledger booked in the period, and the deepest falls from a peak.

    drawdown in cents, drawdown_bps of the peak it fell from: they may be of two different falls. Of a single
    asset the peak is one of winnings, of which shares say nothing: None.
    """

    points: list[Point]
    fees: int
    drawdown: int
    drawdown_bps: int | None


# flows: what each event moved; of one asset a beginning at zero stands before them.
# steps: the equity after each event that moved any. seen: the period's, with the one it began with.
CURVE = sa.text("""
WITH flows AS (
    SELECT e.seq, e.at, e.kind IN ('account_opened', 'deposited', 'reset', 'adjusted') AS from_outside,
           coalesce(sum(l.amount) FILTER (WHERE l.account IN ('trader_cash', 'trader_margin')), 0) AS change,
           coalesce(sum(l.amount) FILTER (WHERE l.account = 'house_fees'), 0) AS fee
    FROM order_events e
    LEFT JOIN ledger_entries l USING (shard, event_ms, event_number)
    WHERE e.user_id = :user_id AND (CAST(:asset AS text) IS NULL OR e.fields ->> 'asset' = :asset)
    GROUP BY e.shard, e.event_ms, e.event_number
    UNION ALL
    SELECT 0, to_timestamp(0), false, 0, 0 WHERE CAST(:asset AS text) IS NOT NULL
), steps AS (
    SELECT seq, at, from_outside, fee, sum(change) OVER (ORDER BY seq) AS equity,
           count(*) FILTER (WHERE from_outside) OVER (ORDER BY seq) AS curve
    FROM flows
    WHERE change <> 0 OR fee <> 0 OR from_outside OR seq = 0
), start AS (
    SELECT coalesce(max(seq), 0) AS seq FROM steps WHERE at < CAST(:since AS timestamptz)
), seen AS (
    SELECT steps.seq, at, fee, curve,
           CASE WHEN CAST(:asset AS text) IS NULL THEN equity
                ELSE equity - first_value(equity) OVER (ORDER BY steps.seq) END AS equity
    FROM steps, start
    WHERE steps.seq >= start.seq AND (CAST(:until AS timestamptz) IS NULL OR at <= :until)
), peaks AS (
    SELECT *, max(equity) OVER (PARTITION BY curve ORDER BY seq) AS peak FROM seen
), summed AS (
    SELECT seq, at, curve, equity, row_number() OVER (ORDER BY seq) AS place, count(*) OVER () AS points,
           coalesce(sum(fee) FILTER (WHERE CAST(:since AS timestamptz) IS NULL OR at >= :since) OVER (), 0)
               AS fees,
           max(peak - equity) OVER () AS drawdown,
           max(CASE WHEN peak > 0 THEN div((peak - equity) * 10000, peak) ELSE 0 END) OVER ()
               AS drawdown_bps
    FROM peaks
), bucketed AS (
    SELECT *, CASE WHEN points <= :points_max THEN place ELSE (place - 1) * :buckets / points END AS bucket
    FROM summed
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY equity, seq) AS from_below,
           row_number() OVER (PARTITION BY bucket ORDER BY equity DESC, seq) AS from_above
    FROM bucketed
)
SELECT at, equity::bigint AS equity, curve, fees::bigint AS fees, drawdown::bigint AS drawdown,
       drawdown_bps::bigint AS drawdown_bps
FROM ranked
WHERE from_below = 1 OR from_above = 1 OR place IN (1, points)
ORDER BY seq
""")


def read_equity(connection: sa.Connection, period: Period) -> Equity:
    """The period's curve, thinned out to POINTS_MAX points with every peak and low of its picture kept."""
    sizes = {"points_max": POINTS_MAX, "buckets": BUCKETS}
    rows = connection.execute(CURVE, period.parameters() | sizes).all()
    whole = period.asset is None
    if not rows:
        return Equity([], 0, 0, 0 if whole else None)
    points = [Point(row.at.astimezone(UTC), row.equity, row.curve) for row in rows]
    first = rows[0]
    return Equity(_begun(points, period), first.fees, first.drawdown, first.drawdown_bps if whole else None)


def _begun(points: list[Point], period: Period) -> list[Point]:
    """The same, where what the period began with stands at its beginning."""
    first, *rest = points
    begins = period.since
    if begins is None and period.asset is not None:
        # The zero before an asset's first order is as old as that.
        begins = rest[0].at if rest else None
        if begins is None:
            return []
    return [replace(first, at=max(first.at, begins)), *rest] if begins else points
