"""The tables that follow the events, against what the events say: each row, and that there are no others."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from market.trades import at_ms
from models import ActiveOrder, Balance, PlatformProfit
from models.base import epoch_ms
from orders.keys import shard_of
from workers.verification.fold import ShardFold
from workers.verification.positions import NAMES, Held, contradiction
from workers.verification.report import Difference, Progress

# Rows that are held in memory at once.
ROWS = 5_000

_UNKNOWN_CLOSING = sa.text(
    "SELECT c.order_id::text, c.user_id::text FROM closed_orders c WHERE NOT EXISTS"
    " (SELECT FROM order_events e WHERE e.kind = 'closed' AND e.fields->>'order_id' = c.order_id::text)"
    " ORDER BY c.closed_at LIMIT 1"
)


def check_tables(connection: sa.Connection, folds: Sequence[ShardFold], progress: Progress) -> None:
    """All tables in the snapshot that the folds were read in. Raises Difference."""
    check_ledger(connection, progress)
    check_closings(connection, folds)
    check_balances(connection, folds)
    check_active_orders(connection, folds)
    check_profit(connection, folds)


def check_ledger(connection: sa.Connection, progress: Progress) -> None:
    """No entries but those of the events, and all of them together zero."""
    count, total = connection.execute(
        sa.text("SELECT count(*), coalesce(sum(amount), 0) FROM ledger_entries")
    ).one()
    if total != 0:
        raise Difference(f"the ledger's entries sum to {total}, not to zero")
    if count != progress.counts.entries:
        raise Difference(f"the ledger has {count} entries, the events make {progress.counts.entries}")


def check_closings(connection: sa.Connection, folds: Sequence[ShardFold]) -> None:
    """No closed orders but those of the events; each was held against its event already."""
    count = connection.scalar(sa.text("SELECT count(*) FROM closed_orders"))
    told = sum(fold.closed for fold in folds)
    if count == told:
        return
    if unknown := connection.execute(_UNKNOWN_CLOSING).one_or_none():
        raise Difference(f"closed_orders has order {unknown[0]}, of which no event tells", user_id=unknown[1])
    raise Difference(f"closed_orders has {count} orders, the events close {told}")


def check_balances(connection: sa.Connection, folds: Sequence[ShardFold]) -> None:
    """Balance, sequence number and time of each account."""
    left = {user_id: fold.shard for fold in folds for user_id in fold.accounts}
    query = sa.select(
        sa.cast(Balance.user_id, sa.Text), Balance.shard, Balance.balance, Balance.seq, Balance.updated_at
    )
    names = ("shard", "balance", "seq", "updated_at")
    with connection.execution_options(yield_per=ROWS).execute(query) as result:
        for user_id, *row in result:
            account = folds[shard_of(user_id, len(folds))].accounts.get(user_id)
            if account is None:
                raise Difference("balances has an account that no event opened", user_id=user_id)
            should = (left.pop(user_id), account.balance, account.seq, at_ms(account.at_ms))
            for name, told, expected in zip(names, row, should, strict=True):
                if told != expected:
                    what = f"balances says {name} {told}, should be {expected}"
                    raise Difference(what, event_id=account.event_id, user_id=user_id)
    for user_id, shard in left.items():
        event_id = folds[shard].accounts[user_id].event_id
        raise Difference("the account is missing in balances", event_id=event_id, user_id=user_id)


def check_active_orders(connection: sa.Connection, folds: Sequence[ShardFold]) -> None:
    """Each open order, field by field, and no others."""
    columns = ActiveOrder.__table__.c
    rest = [column for column in columns if column.name not in {"order_id", "user_id"}]
    query = sa.select(sa.cast(columns.order_id, sa.Text), sa.cast(columns.user_id, sa.Text), *rest)
    seen = 0
    with connection.execution_options(yield_per=ROWS).execute(query) as result:
        for row in result.mappings():
            _check_active_order(row, folds)
            seen += 1
    if seen != sum(len(fold.owners) for fold in folds):
        raise _missing_order(connection, folds)


def _check_active_order(row: Mapping[Any, Any], folds: Sequence[ShardFold]) -> None:
    order, user_id = row["order_id"], row["user_id"]
    account = folds[shard_of(user_id, len(folds))].accounts.get(user_id)
    position = account.positions.get(order) if account else None
    if position is None:
        what = f"active_orders has order {order}, which is not open"
        raise Difference(what, event_id=account.event_id if account else "", user_id=user_id)
    if wrong := _wrong_in_row(row, position):
        what = f"active_orders says of order {order}: {wrong}"
        raise Difference(what, event_id=position.event_id, user_id=user_id)


def _wrong_in_row(row: Mapping[Any, Any], position: Held) -> str:
    told = {name: "" if row.get(name) is None else str(row[name]) for name in NAMES}
    told["opened_at_ms"] = str(epoch_ms(row["opened_at"]))
    peak = "" if row["trailing_peak"] is None else str(row["trailing_peak"])
    if wrong := contradiction(Held(" ".join(told.values()), peak, ""), position.parts):
        return wrong
    # Unlike Redis' own, it stands as of the order's newest event: exactly.
    if peak != position.peak:
        return f"trailing_peak is {peak}, should be {position.peak}"
    price = int(peak) - position.sign * int(told["trailing_distance"]) if peak else None
    return (
        ""
        if row["trailing_price"] == price
        else f"trailing_price is {row['trailing_price']}, should be {price}"
    )


def _missing_order(connection: sa.Connection, folds: Sequence[ShardFold]) -> Difference:
    found = set(connection.execute(sa.text("SELECT order_id::text FROM active_orders")).scalars())
    for fold in folds:
        for order, user_id in fold.owners.items():
            if order not in found:
                position = fold.accounts[user_id].positions[order]
                what = f"order {order} is missing in active_orders"
                return Difference(what, event_id=position.event_id, user_id=user_id, shard=fold.shard)
    raise AssertionError("active_orders has fewer rows than the folds, but none is missing")


def check_profit(connection: sa.Connection, folds: Sequence[ShardFold]) -> None:
    """What the house made of each shard's accounts, and how many orders there are and were."""
    names = ("fees", "trading", "shortfall", "open_orders", "closed_orders")
    columns = [PlatformProfit.__table__.c[name] for name in names]
    rows = {shard: row for shard, *row in connection.execute(sa.select(PlatformProfit.shard, *columns))}
    for fold in folds:
        told = rows.pop(fold.shard, [0] * len(names))
        should = (fold.fees, fold.trading, fold.shortfall, len(fold.owners), fold.closed)
        for name, is_now, expected in zip(names, told, should, strict=True):
            if is_now != expected:
                raise Difference(
                    f"platform_profit says {name} {is_now}, should be {expected}", shard=fold.shard
                )
    for shard in rows:
        raise Difference("platform_profit has a shard that the desk has not", shard=shard)
