"""Every account of the events, as Redis holds it: balance, sequence number, and positions field by field."""

from collections.abc import Iterable, Sequence
from itertools import islice

import redis
import redis.exceptions

from orders.keys import POSITION, shard_tag
from orders.snapshots import ACCOUNTS_PER_CALL_MAX, AccountText, take_snapshot
from workers.verification.fold import AccountState, ShardFold
from workers.verification.follow import Follower
from workers.verification.positions import Held, contradiction, held
from workers.verification.report import Difference, Progress

# How often some accounts are read again when the fold had to go past the moment at which they were.
RETAKES_MAX = 5


def check_accounts(client: redis.Redis, follower: Follower, progress: Progress) -> None:
    """All accounts of a shard. Raises Difference.

    The desk may trade meanwhile: what Redis tells of an account names the newest event in it, and the events
    are folded up to exactly that one before they are compared.
    """
    fold = follower.fold
    # Those that are opened meanwhile are looked for among the strays.
    for user_ids in _batches(list(fold.accounts), ACCOUNTS_PER_CALL_MAX):
        accounts = _read(client, follower, user_ids)
        for user_id in user_ids:
            _compare(fold, user_id, accounts.get(user_id))
            progress.counts.accounts += 1
            progress.counts.positions += len(fold.accounts[user_id].positions)
        progress.at(f"shard {fold.shard}: {progress.counts.accounts:,} accounts in Redis")


def _read(client: redis.Redis, follower: Follower, user_ids: Sequence[str]) -> dict[str, AccountText]:
    for _ in range(RETAKES_MAX):
        known = follower.fold.last
        try:
            snapshot = take_snapshot(client, follower.fold.shard, user_ids)
        except redis.exceptions.ResponseError as error:
            raise _unreadable(client, follower, user_ids, error) from error
        newest = snapshot.last_event_id.ms, snapshot.last_event_id.number
        follower.up_to(snapshot.last_event_id)
        accounts = {account["user_id"]: account for account in snapshot.accounts}
        # What was folded before Redis was asked must be in its answer, whatever it names for its newest.
        if follower.fold.last <= max(known, newest) or _none_moved(follower.fold, accounts):
            return accounts
    raise Difference(
        f"changes faster than it can be read ({RETAKES_MAX} tries): keep more of the stream (EVENTS_KEPT)",
        user_id=" or ".join(user_ids),
        shard=follower.fold.shard,
    )


def _none_moved(fold: ShardFold, accounts: dict[str, AccountText]) -> bool:
    """Whether later events, which PostgreSQL had already, were all of other accounts."""
    return all(int(account["seq"]) == fold.accounts[name].seq for name, account in accounts.items())


def _compare(fold: ShardFold, user_id: str, account: AccountText | None) -> None:
    expected = fold.accounts[user_id]
    wrong = "the account is missing in Redis" if account is None else _wrong_in(account, expected)
    if wrong:
        raise Difference(wrong, event_id=expected.event_id, user_id=user_id, shard=fold.shard)


def _wrong_in(account: AccountText, expected: AccountState) -> str:
    if (seq := int(account["seq"])) != expected.seq:
        lost = ": Redis lost events" if seq < expected.seq else ""
        return f"Redis is at the account's event {seq}, the events go to {expected.seq}{lost}"
    if (balance := int(account["balance"])) != expected.balance:
        return f"Redis has the balance {balance}, should be {expected.balance}"
    orders = [fields["order_id"] for fields in account["positions"]]
    for order in expected.positions.keys() - set(orders):
        return f"Redis misses the open order {order}"
    for fields, order in zip(account["positions"], orders, strict=True):
        if order not in expected.positions:
            return f"Redis has order {order} open, the events have not"
        if wrong := _wrong_position(fields, expected.positions[order], str(account["user_id"])):
            return f"Redis says of order {order}: {wrong}"
    if orders != list(expected.positions):
        return "Redis has the open orders in another order than that of their opening"
    return ""


def _wrong_position(fields: dict[str, str], expected: Held, user_id: str) -> str:
    told = held(fields, "")
    if fields["user_id"] != user_id:
        return f"it is of account {fields['user_id']}"
    if wrong := contradiction(told, expected.parts, expected):
        return wrong
    if not told.peak:
        return ""
    price = int(told.peak) - told.sign * int(fields["trailing_distance"])
    is_now = fields["trailing_price"]
    return "" if is_now == str(price) else f"trailing_price is {is_now}, should be {price}"


def _unreadable(
    client: redis.Redis, follower: Follower, user_ids: Iterable[str], error: Exception
) -> Difference:
    """Why the library can't read some accounts: as a rule a position is listed that isn't there."""
    follower.to_newest()
    fold = follower.fold
    for user_id in user_ids:
        expected = fold.accounts[user_id]
        for order, position in expected.positions.items():
            if not client.exists(f"{shard_tag(fold.shard)}{POSITION}{order}"):
                what = f"Redis misses the open order {order}"
                return Difference(what, event_id=position.event_id, user_id=user_id, shard=fold.shard)
    named = " or ".join(user_ids)
    return Difference(f"Redis can't read it: {error}", user_id=named, shard=fold.shard)


def _batches(user_ids: Sequence[str], size: int) -> Iterable[list[str]]:
    rest = iter(user_ids)
    while batch := list(islice(rest, size)):
        yield batch
