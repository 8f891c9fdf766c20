"""A lost shard brought back from PostgreSQL: each account's newest snapshot, and the events after it.

Snapshots know more than the events: where trailing stops had got to. What only Redis knew is gone: events
that the journal hadn't read, and which requests were answered.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from domain.orders import EventId, EventKind
from models import Balance, OrderEventRow, OrderSnapshot, PlatformProfit, UserSnapshot
from orders.gate import begin_restore, end_restore
from orders.keys import FENCE, HALTED, LEASE, LIMITS, STATE, TERMS, shard_tag
from orders.snapshots import AccountText, restore, restore_house
from runtime.logs import get_logger

log = get_logger(__name__)

# Accounts read from PostgreSQL at once.
CHUNK = 500
# Keys deleted at once from what an earlier restore left.
SWEEP = 1_000
PROGRESS_S = 5.0
# What is no state: terms of trade, what operators allow, and who has the feed.
KEPT = (TERMS, LIMITS, HALTED, LEASE, FENCE)

Fields = dict[str, str]


@dataclass
class Restored:
    """How much came back."""

    accounts: int = 0
    positions: int = 0


class IncompleteError(RuntimeError):
    """PostgreSQL's snapshots and events of an account don't lead to the balance that it has."""


def restore_shard(
    connection: sa.Connection, client: redis.Redis, shards: int, shard: int, epoch: int
) -> Restored:
    """Brings the shard's accounts and positions into Redis, as a new epoch; the shard stays closed.

    To be called under the shard's lock of the journal, in a transaction that reads one state of PostgreSQL.
    Begun again, it first sweeps away what the one before left. Raises IncompleteError, and Refused.
    """
    sweep(client, shard)
    begin_restore(client, shard, epoch=epoch)
    restored = Restored()
    restore(client, shards, _counted(read_accounts(connection, shard), restored))
    restore_house(client, shard, **read_house(connection, shard))
    end_restore(client, shard, newest=_newest_event(connection, shard))
    return restored


def sweep(client: redis.Redis, shard: int) -> None:
    """Deletes all of the shard but what is no state."""
    tag = shard_tag(shard)
    # First: without it nothing is traded meanwhile.
    client.unlink(tag + STATE)
    kept = tuple(f"{tag}{name}".encode() for name in KEPT)
    batch: list[bytes] = []
    for key in client.scan_iter(match=f"{tag}:*", count=SWEEP):
        if not key.startswith(kept):
            batch.append(key)
        if len(batch) == SWEEP:
            client.unlink(*batch)
            batch = []
    if batch:
        client.unlink(*batch)


def read_accounts(connection: sa.Connection, shard: int) -> Iterator[AccountText]:
    """Every account of the shard, as of its last journaled event."""
    after = UUID(int=0)
    while True:
        query = (
            sa.select(Balance.user_id, Balance.balance, Balance.seq)
            .where(Balance.shard == shard, Balance.user_id > after)
            .order_by(Balance.user_id)
            .limit(CHUNK)
        )
        known = connection.execute(query).all()
        if not known:
            return
        after = known[-1].user_id
        read = _read_chunk(connection, [row.user_id for row in known])
        for row in known:
            account = read[row.user_id]
            if (account.balance, account.seq) != (row.balance, row.seq):
                raise IncompleteError(
                    f"account {row.user_id}: snapshot and events lead to a balance of {account.balance} after"
                    f" event {account.seq}, and it has {row.balance} after event {row.seq}"
                )
            yield account.text()


@dataclass
class _Account:
    """One account, followed from its snapshot on."""

    user_id: UUID
    balance: int
    seq: int
    # In the order they were opened.
    positions: dict[str, Fields]

    def follow(self, event: sa.Row[Any]) -> None:
        """The next event."""
        if event.seq != self.seq + 1:
            raise IncompleteError(f"account {self.user_id}: event {event.seq} follows event {self.seq}")
        self.balance, self.seq = event.balance, event.seq
        fields = event.fields
        if "order_id" not in fields:
            return
        if event.kind != EventKind.CLOSED:
            self.positions[fields["order_id"]] = fields
        elif not fields.get("parent_order_id"):
            del self.positions[fields["order_id"]]

    def text(self) -> AccountText:
        """As orders.snapshots takes it."""
        return {
            "user_id": str(self.user_id),
            "balance": str(self.balance),
            "seq": str(self.seq),
            "positions": list(self.positions.values()),
        }


def _read_chunk(connection: sa.Connection, user_ids: list[UUID]) -> dict[UUID, _Account]:
    accounts = {user_id: _Account(user_id, 0, 0, {}) for user_id in user_ids}
    newest = (
        sa.select(UserSnapshot.user_id, UserSnapshot.seq, UserSnapshot.balance)
        # One that is ahead of the journal knows what the books don't.
        .join(Balance, sa.and_(Balance.user_id == UserSnapshot.user_id, UserSnapshot.seq <= Balance.seq))
        .where(UserSnapshot.user_id.in_(user_ids))
        .ext(distinct_on(UserSnapshot.user_id))
        .order_by(UserSnapshot.user_id, UserSnapshot.seq.desc())
        .subquery()
    )
    for row in connection.execute(sa.select(newest)):
        account = accounts[row.user_id]
        account.balance, account.seq = row.balance, row.seq
    kept = (
        sa.select(OrderSnapshot.user_id, OrderSnapshot.position)
        .join(newest, sa.and_(OrderSnapshot.user_id == newest.c.user_id, OrderSnapshot.seq == newest.c.seq))
        .order_by(OrderSnapshot.position["place"].as_integer())
    )
    for row in connection.execute(kept):
        accounts[row.user_id].positions[row.position["order_id"]] = position_fields(row.position)
    later = (
        sa.select(
            OrderEventRow.user_id,
            OrderEventRow.seq,
            OrderEventRow.kind,
            OrderEventRow.balance,
            OrderEventRow.fields,
        )
        .outerjoin(newest, OrderEventRow.user_id == newest.c.user_id)
        .where(OrderEventRow.user_id.in_(user_ids), OrderEventRow.seq > sa.func.coalesce(newest.c.seq, 0))
        .order_by(OrderEventRow.user_id, OrderEventRow.seq)
    )
    for event in connection.execute(later):
        accounts[event.user_id].follow(event)
    return accounts


def position_fields(kept: dict[str, Any]) -> Fields:
    """A snapshot's position as events tell one."""
    plain = {
        name: "" if value is None else str(value) for name, value in kept.items() if name != "trailing_stop"
    }
    trailing = kept["trailing_stop"] or {}
    return plain | {f"trailing_{name}": str(trailing.get(name, "")) for name in ("distance", "peak")}


def read_house(connection: sa.Connection, shard: int) -> dict[str, int]:
    """What the ledger says that the shard has made."""
    columns = (PlatformProfit.fees, PlatformProfit.trading, PlatformProfit.shortfall)
    row = connection.execute(sa.select(*columns).where(PlatformProfit.shard == shard)).one_or_none()
    return dict(row._mapping) if row else {"fees": 0, "trading": 0, "shortfall": 0}


def _newest_event(connection: sa.Connection, shard: int) -> tuple[EventId, Fields] | None:
    query = (
        sa.select(OrderEventRow.event_ms, OrderEventRow.event_number, OrderEventRow.fields)
        .where(OrderEventRow.shard == shard)
        .order_by(OrderEventRow.event_ms.desc(), OrderEventRow.event_number.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (EventId(row.event_ms, row.event_number), row.fields) if row else None


def _counted(accounts: Iterator[AccountText], restored: Restored) -> Iterator[AccountText]:
    told = time.monotonic()
    for account in accounts:
        yield account
        restored.accounts += 1
        restored.positions += len(account["positions"])
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            log.info("restoring", accounts=restored.accounts, positions=restored.positions)
