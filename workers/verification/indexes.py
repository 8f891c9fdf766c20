"""The trigger indexes of Redis (orders/lua/market.lua): each open position is in them with its right score.

Several reads can't be one moment while the desk trades, and ticks move trailing stops without an event. So an
index is read again when it differs: a mistake is what stays the same mistake in every read.
"""

from collections.abc import Iterable, Iterator
from typing import cast

import redis

from domain.orders import Side
from orders.keys import STOP, TAKE, TRAIL, UNFINISHED, shard_tag
from workers.verification.fold import ShardFold
from workers.verification.follow import Follower
from workers.verification.positions import Held, nearest_stop, take_profit, trailing_distance
from workers.verification.report import Difference, Progress

READS = 5
SCAN_COUNT = 1_000
# Of more differences than these none is needed to know that an index is wrong.
WRONG_MAX = 10_000
# What marks a group of trailing stops in an index of orders (orders/lua/market.lua).
GROUP = "group:"

Scores = dict[str, int]
# (index, member) -> what is wrong with it.
Wrong = dict[tuple[str, str], str]


def check_indexes(client: redis.Redis, follower: Follower, assets: Iterable[str], progress: Progress) -> None:
    """All indexes of a shard. Raises Difference."""
    fold = follower.fold
    for asset in assets:
        for side in Side:
            market = _Market(client, fold, asset, side)
            wrong: Wrong | None = None
            for _ in range(READS):
                again = market.wrong(follower)
                wrong = again if wrong is None else _same(wrong, again)
                if not wrong:
                    break
            if wrong:
                raise market.difference(wrong)
            progress.counts.triggers += market.entries
            if market.is_unfinished:
                progress.notes.append(
                    f"shard {fold.shard}: trailing stops of {asset} {side} left out, a tick is moving them"
                )
            progress.at(f"shard {fold.shard}: {progress.counts.triggers:,} triggers in Redis")


def _same(earlier: Wrong, again: Wrong) -> Wrong:
    return {key: what for key, what in again.items() if earlier.get(key) == what}


class _Market:
    """One side of an asset in a shard."""

    def __init__(self, client: redis.Redis, fold: ShardFold, asset: str, side: Side) -> None:
        self.entries = 0
        self.is_unfinished = False
        self._client = client
        self._fold = fold
        self._asset, self._side = asset, side
        self._sign = 1 if side is Side.LONG else -1
        tag, name = shard_tag(fold.shard), f"{asset}:{side}"
        self._stop, self._take = f"{tag}{STOP}{name}", f"{tag}{TAKE}{name}"
        self._trail = f"{tag}{TRAIL}{name}"
        self._unfinished = f"{tag}{UNFINISHED}{asset}"

    def wrong(self, follower: Follower) -> Wrong:
        """What differs in one read."""
        follower.to_newest()
        stops = self._scores(self._stop)
        orders = {name: score for name, score in stops.items() if not name.startswith(GROUP)}
        groups = {name.removeprefix(GROUP): score for name, score in stops.items() if name.startswith(GROUP)}
        takes = self._scores(self._take)
        positions = dict(self._positions())
        self.entries = len(orders) + len(takes)
        wrong = _unlike(
            "the stop index", orders, {order: nearest_stop(held) for order, held in positions.items()}
        )
        wrong |= _unlike(
            "the take profit index", takes, {order: take_profit(held) for order, held in positions.items()}
        )
        self.is_unfinished = bool(self._client.exists(self._unfinished))
        if not self.is_unfinished:
            distances = {order: trailing_distance(held) for order, held in positions.items()}
            wrong |= self._wrong_trails(groups, distances)
        return dict(list(wrong.items())[:WRONG_MAX])

    def difference(self, wrong: Wrong) -> Difference:
        """The first of what is wrong."""
        (index, member), what = next(iter(wrong.items()))
        user_id = self._fold.owners.get(member, "")
        position = self._fold.accounts[user_id].positions.get(member) if user_id else None
        return Difference(
            f"{index} of {self._asset} {self._side} {what}",
            event_id=position.event_id if position else "",
            user_id=user_id,
            shard=self._fold.shard,
        )

    def _positions(self) -> Iterator[tuple[str, Held]]:
        start = f"{self._asset} {self._side} "
        for order, user_id in self._fold.owners.items():
            position = self._fold.accounts[user_id].positions[order]
            if position.line.startswith(start):
                yield order, position

    def _wrong_trails(self, groups: Scores, distances: dict[str, int | None]) -> Wrong:
        """Runs of orders in groups of runs: each says the nearest of what it holds."""
        peaks, firsts = self._scores(f"{self._trail}:peaks"), self._scores(f"{self._trail}:groups")
        runs = self._scores(f"{self._trail}:runs")
        members: Scores = {}
        nearest_of_run: dict[str, int] = {}
        for run in runs:
            found = self._scores(f"{self._trail}:members:{run}")
            members |= found
            if found:
                nearest_of_run[run] = min(found.values())
        self.entries += len(members)
        wrong = _unlike("the index of trailing stops", members, distances)
        nearest: Scores = {}
        stops: dict[str, int | None] = {}
        for group, peak in peaks.items():
            found = self._scores(f"{self._trail}:nearest:{group}")
            nearest |= found
            stops[group] = self._sign * (peak - min(found.values())) if found else None
        wrong |= _unlike("the runs of trailing stops", nearest, dict.fromkeys(runs) | nearest_of_run)
        wrong |= _unlike("the groups of trailing stops", groups, stops)
        wrong |= _unlike("the peaks of trailing stops", dict.fromkeys(peaks, 0), dict.fromkeys(firsts, 0))
        # In the order in which they were set peaks never get better: everything in trails.lua rests on it.
        in_order = [peaks[group] for group in sorted(firsts, key=firsts.__getitem__) if group in peaks]
        if in_order != sorted(in_order, reverse=True):
            wrong["the groups of trailing stops", ""] = "are not in the order of their peaks"
        return wrong

    def _scores(self, key: str) -> Scores:
        found = cast("Iterator[tuple[bytes, float]]", self._client.zscan_iter(key, count=SCAN_COUNT))
        return {member.decode(): int(score) for member, score in found}


def _unlike(index: str, found: Scores, expected: dict[str, int | None] | dict[str, int]) -> Wrong:
    """expected: None for what must not be there."""
    wrong: Wrong = {}
    for member, score in found.items():
        should = expected.get(member)
        if should is None:
            wrong[index, member] = f"has {member}, which should not be there"
        elif should != score:
            wrong[index, member] = f"has {member} at {score}, should be {should}"
    for member, should in expected.items():
        if should is not None and member not in found:
            wrong[index, member] = f"misses {member} at {should}"
    return wrong
