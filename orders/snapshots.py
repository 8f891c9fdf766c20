"""Accounts out of the order state, each as it stands, and back into an empty one.

Nothing is computed here. A snapshot's account is the library's own text, ready to be kept as JSON; events
that came after it carry whole positions, so folding them into it is a matter of replacing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import orjson
import redis

from domain.orders import EventId, Side
from orders.calls import call_all, call_shard
from orders.keys import shard_of

# What one call reads or brings back while everybody else waits.
ACCOUNTS_PER_CALL_MAX = 2
TRAILING_PER_CALL_MAX = 200
# Accounts that a restore sends at once: each by a call of its own.
ACCOUNTS_AT_ONCE = 50

Item = TypeVar("Item")

# {user_id, balance, seq, positions: [fields as Position.from_fields reads them]}: text, but for the list.
AccountText = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Some accounts of a shard, all at one moment: events up to last_event_id are in them, no later ones."""

    shard: int
    last_event_id: EventId
    accounts: tuple[AccountText, ...]


def take_snapshot(client: redis.Redis, shard: int, user_ids: Sequence[str]) -> Snapshot:
    """These accounts of the shard as they stand; whoever has none is left out.

    Raises ValueError for more than ACCOUNTS_PER_CALL_MAX.
    """
    if len(user_ids) > ACCOUNTS_PER_CALL_MAX:
        raise ValueError(f"a snapshot is of at most {ACCOUNTS_PER_CALL_MAX} accounts")
    answer = call_shard(client, "snapshot", shard, *user_ids, write=False)
    # Lua can't tell an empty list from an empty table.
    accounts = answer["accounts"] or ()
    return Snapshot(
        shard=shard,
        last_event_id=EventId.parse(answer["last_event_id"]),
        accounts=tuple({**account, "positions": list(account["positions"] or ())} for account in accounts),
    )


def restore(client: redis.Redis, shards: int, accounts: Iterable[AccountText]) -> None:
    """Brings accounts back, with positions and triggers, into an order state that has none of them.

    Between gate.begin_restore and end_restore of the shards that it touches: trailing stops come last, after
    all accounts. Raises Refused (account_exists, snapshot_unreadable, state_unproven) when an account can't
    be brought back; some before and beside it are there, without their trailing stops.
    """
    trailing: dict[tuple[int, str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for batch in _batches(accounts, ACCOUNTS_AT_ONCE):
        texts = [(shard_of(account["user_id"], shards), account) for account in batch]
        call_all(client, "restore_account", [(shard, (orjson.dumps(account),)) for shard, account in texts])
        for shard, account in texts:
            for fields in account["positions"]:
                if fields["trailing_distance"]:
                    trailing[shard, fields["asset"], fields["side"]].append(
                        (fields["order_id"], int(fields["trailing_distance"]), int(fields["trailing_peak"]))
                    )
    for (shard, asset, side), stops in trailing.items():
        # The index takes them best peak first.
        stops.sort(key=lambda stop: stop[2], reverse=side == Side.LONG)
        for some in _batches(stops, TRAILING_PER_CALL_MAX):
            words = [word for stop in some for word in stop]
            call_shard(client, "restore_trailing", shard, asset, side, *words)


def restore_house(client: redis.Redis, shard: int, *, fees: int, trading: int, shortfall: int) -> None:
    """Brings back what the house has made; between begin_restore and end_restore. Raises Refused."""
    call_shard(client, "restore_house", shard, fees, trading, shortfall)


def _batches(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    items = iter(items)
    while batch := list(islice(items, most)):
        yield batch
