"""Snapshots: accounts that changed, as they stand, with the event they stand at.

What they cost is bounded by the accounts and positions that there are, whatever is traded: of each account
the newest SNAPSHOTS_KEPT are kept, with the positions that it had.
"""

from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.orders import Account
from models import ActiveOrder, Balance, OrderSnapshot, UserSnapshot
from orders.client import OrderDesk
from orders.codes import Code, Refused
from runtime.logs import get_logger
from workers.locks import Lock, try_lock
from workers.projection import Row
from workers.recurring import comes_again
from workers.resources import resources

log = get_logger(__name__)

# Accounts of one transaction: it holds a connection while the accounts are read from Redis.
CHUNK_ACCOUNTS = 500


@comes_again
def write_snapshots() -> None:
    """Actor: snapshots of the accounts that changed since their last one, those waiting longest first."""
    mine = resources()
    left, passed_over = mine.settings.snapshot_accounts_max, 0
    while left > 0:
        chunk = min(left, CHUNK_ACCOUNTS)
        with mine.database.begin() as connection:
            looked_at, taken = take_snapshots(
                connection,
                mine.desk,
                accounts_max=chunk,
                passed_over=passed_over,
                snapshots_kept=mine.settings.snapshots_kept,
            )
        # Those that can't be taken wait longest and come first each time: they must not block the others.
        passed_over += looked_at - taken
        left -= taken
        if looked_at < chunk:
            break
    if left > 0:
        with mine.database.begin() as connection:
            refresh_trailing(
                connection,
                mine.desk,
                accounts_max=min(left, CHUNK_ACCOUNTS),
                snapshots_kept=mine.settings.snapshots_kept,
            )


def take_snapshots(
    connection: sa.Connection,
    desk: OrderDesk,
    *,
    accounts_max: int,
    snapshots_kept: int,
    passed_over: int = 0,
) -> tuple[int, int]:
    """Writes up to `accounts_max` snapshots in the connection's transaction.

    Leaves out the first `passed_over` of the accounts that changed.
    Returns how many were looked at, and of how many a snapshot was taken.

    None when another is writing them just now. Each account is read from Redis in one atomic call, so its
    balance, positions and last event belong together. Of each, the newest `snapshots_kept` are kept.
    """
    if not try_lock(connection, Lock.SNAPSHOTS):
        return 0, 0
    changed = _changed(connection, accounts_max, passed_over)
    accounts = list(_read_accounts(desk, changed))
    if accounts:
        _write(connection, accounts)
        _thin_out(connection, [UUID(account.user_id) for account in accounts], snapshots_kept)
    return len(changed), len(accounts)


def refresh_trailing(
    connection: sa.Connection, desk: OrderDesk, *, accounts_max: int, snapshots_kept: int
) -> int:
    """Writes the snapshots anew of up to `accounts_max` accounts with trailing stops, the oldest first.

    The ticks that a trailing stop follows are no events: nothing else would tell a restore where it has got
    to. Returns of how many.
    """
    if not try_lock(connection, Lock.SNAPSHOTS):
        return 0
    trailing = sa.exists().where(
        ActiveOrder.user_id == Balance.user_id, ActiveOrder.trailing_distance.is_not(None)
    )
    query = (
        sa.select(Balance.user_id, Balance.seq)
        .join(
            UserSnapshot,
            sa.and_(UserSnapshot.user_id == Balance.user_id, UserSnapshot.seq == Balance.seq),
        )
        .where(trailing)
        .order_by(UserSnapshot.taken_at, Balance.user_id)
        .limit(accounts_max)
    )
    accounts = list(_read_accounts(desk, [(row.user_id, row.seq) for row in connection.execute(query)]))
    if accounts:
        _write(connection, accounts)
        # One that changed meanwhile got another, not an overwritten one.
        _thin_out(connection, [UUID(account.user_id) for account in accounts], snapshots_kept)
    return len(accounts)


def _changed(connection: sa.Connection, accounts_max: int, passed_over: int) -> list[tuple[UUID, int]]:
    """Accounts whose journaled events go beyond their newest snapshot, with the journaled seq."""
    newest = (
        sa.select(UserSnapshot.seq)
        .where(UserSnapshot.user_id == Balance.user_id)
        .order_by(UserSnapshot.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(Balance.user_id, Balance.seq)
        .where(Balance.seq > sa.func.coalesce(newest, 0))
        .order_by(Balance.updated_at, Balance.user_id)
        .limit(accounts_max)
        .offset(passed_over)
    )
    return [(user_id, seq) for user_id, seq in connection.execute(query)]


def _read_accounts(desk: OrderDesk, changed: Iterable[tuple[UUID, int]]) -> Iterable[Account]:
    for user_id, journaled_seq in changed:
        try:
            account = desk.account(str(user_id))
        except Refused as refusal:
            if refusal.code is Code.STATE_UNPROVEN:
                log.warning("the order state is closed; the next start takes the snapshots")
                return
            log.error("an account of PostgreSQL is not in Redis", user_id=str(user_id), code=refusal.code)
            continue
        if account.seq < journaled_seq:
            # Redis lost what PostgreSQL has. A snapshot of it must not pass for the account.
            log.error(
                "Redis is behind PostgreSQL", user_id=str(user_id), redis=account.seq, journaled=journaled_seq
            )
            continue
        yield account


def _write(connection: sa.Connection, accounts: list[Account]) -> None:
    users: list[Row] = [
        {
            "user_id": UUID(account.user_id),
            "seq": account.seq,
            "shard": account.shard,
            "event_ms": account.last_event_id.ms,
            "event_number": account.last_event_id.number,
            "balance": account.balance,
        }
        for account in accounts
    ]
    orders: list[Row] = [
        {
            "user_id": UUID(account.user_id),
            "seq": account.seq,
            "order_id": UUID(position.order_id),
            # Its place among the account's, the oldest first: opened in one millisecond they look alike.
            "position": asdict(position) | {"place": place},
        }
        for account in accounts
        for place, position in enumerate(account.positions)
    ]
    # One at the same event is overwritten: it differs in where trailing stops have got to.
    new = insert(UserSnapshot)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[UserSnapshot.user_id, UserSnapshot.seq],
            set_={
                "event_ms": new.excluded.event_ms,
                "event_number": new.excluded.event_number,
                "taken_at": sa.func.now(),
            },
        ),
        users,
    )
    if orders:
        kept = insert(OrderSnapshot)
        connection.execute(
            kept.on_conflict_do_update(
                index_elements=[OrderSnapshot.user_id, OrderSnapshot.seq, OrderSnapshot.order_id],
                set_={"position": kept.excluded.position},
            ),
            orders,
        )


def _thin_out(connection: sa.Connection, user_ids: list[UUID], kept: int) -> None:
    """Deletes the accounts' snapshots but for the newest; their orders go with them."""
    age = sa.func.row_number().over(partition_by=UserSnapshot.user_id, order_by=UserSnapshot.seq.desc())
    ranked = (
        sa.select(UserSnapshot.user_id, UserSnapshot.seq, age.label("age"))
        .where(UserSnapshot.user_id.in_(user_ids))
        .subquery()
    )
    connection.execute(
        sa.delete(UserSnapshot)
        .where(UserSnapshot.user_id == ranked.c.user_id)
        .where(UserSnapshot.seq == ranked.c.seq)
        .where(ranked.c.age > kept)
    )
