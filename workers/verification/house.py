"""What the order state counts, against the events: the house's profit, and open notional by asset."""

from collections import Counter

import redis

from domain.instruments import ASSETS
from domain.orders import House
from orders.house import read_house
from workers.verification.fold import ShardFold
from workers.verification.follow import Follower
from workers.verification.report import Difference

# How often the counts are read again when the fold had to go past the moment at which they were.
RETAKES_MAX = 20

_MADE = ("fees", "trading", "shortfall")
_SIDES = ("long", "short")


def check_house(client: redis.Redis, follower: Follower) -> None:
    """The counts of a shard, against the events up to the one that they are as of. Raises Difference."""
    fold = follower.fold
    house = _read(client, follower)
    for name in _MADE:
        is_now, expected = getattr(house, name), getattr(fold, name)
        if is_now != expected:
            raise _difference(fold, f"the house's {name}", is_now, expected)
    open_notional = _sum_up(fold)
    for symbol in ASSETS:
        for side, is_now in zip(_SIDES, house.exposures[symbol], strict=True):
            if is_now != (expected := open_notional[symbol, side]):
                raise _difference(fold, f"the {side} exposure of {symbol}", is_now, expected)


def _read(client: redis.Redis, follower: Follower) -> House:
    for _ in range(RETAKES_MAX):
        known = follower.fold.last
        house, newest = read_house(client, follower.fold.shard)
        follower.up_to(newest)
        # What was folded before Redis was asked must be in its answer, whatever it names for its newest.
        if follower.fold.last <= max(known, (newest.ms, newest.number)):
            return house
    raise Difference(
        f"the house's counts change faster than they can be read ({RETAKES_MAX} tries):"
        " keep more of the stream (EVENTS_KEPT)",
        shard=follower.fold.shard,
    )


def _sum_up(fold: ShardFold) -> Counter[tuple[str, str]]:
    """Open notional (cents) by asset and side."""
    sums: Counter[tuple[str, str]] = Counter()
    for account in fold.accounts.values():
        for position in account.positions.values():
            sums[position.asset, position.side] += position.notional
    return sums


def _difference(fold: ShardFold, what: str, is_now: int, expected: int) -> Difference:
    return Difference(f"Redis counts {is_now} for {what}, should be {expected}", shard=fold.shard)
