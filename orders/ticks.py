"""Ticks to the order state: a few at once, over one connection, without waiting in between.

Ticks of different assets touch nothing in common, and neither do shards: they may go out together. Of one
asset two may, where nothing is left unfinished: what the first leaves undone is finished, at its price, by
the call of the second (orders/lua/tick.lua), which is asked again until it is done itself. A third behind
them could overtake the second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import orjson
import redis

from domain.messages import Tick
from orders.calls import ask_shard
from orders.codes import Code, Refused
from orders.keys import shard_tag
from orders.library import PREFIX
from runtime.settings import Settings

# Where nobody ever had a lease of the feed.
NO_LEASE = 0
TICKS_OF_ASSET_MAX = 2
# Refusals that are not the tick's fault.
NO_TICK = (Code.STATE_UNPROVEN, Code.FENCED)

_FUNCTION = "apply_tick"
# What the library answers to nearly every tick.
_NOTHING = b'{"fired":"0","more":"0"}'
_NOTHING_READ = {"fired": "0", "more": "0"}

# (shard, arguments of apply_tick) -> the answers, in their order.
Call = tuple[int, tuple[str | int, ...]]
Ask = Callable[[Sequence[Call]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class TickResult:
    """What became of a tick: accepted, or refused by every shard; and how many positions it ended."""

    accepted: bool
    refusal: Code | None
    fired: int


class TickLane:
    """The feed's way to the order state. For one thread; it may be closed and used again."""

    def __init__(self, client: redis.Redis, settings: Settings, *, token: int = NO_LEASE) -> None:
        """token: of the caller's lease of the feed."""
        self._client = client
        self._shards = settings.order_shards
        self._token = token
        # A cluster's client has a connection to each of its nodes, and finds the right one by itself.
        self._ask = partial(ask_in_turn, client) if settings.orders_redis_cluster else self._ask_at_once
        self._one_by_one = settings.orders_redis_cluster
        self._connection: Any = None
        # Nothing is left unfinished in any asset, as far as this connection goes.
        self._is_certain = False
        self._meanwhile: Callable[[], None] = _nothing

    def apply(
        self, ticks: Sequence[Tick], *, meanwhile: Callable[[], None] | None = None
    ) -> list[TickResult]:
        """Applies ticks, at most two of an asset, with all that they end. Raises as `apply_ticks` does.

        meanwhile: what the caller has to do, while the first answers are awaited. After redis.RedisError, or
        Refused, some ticks may have been applied: applied again they are refused, as ids that aren't above
        the last one, and change nothing.
        """
        self._meanwhile = meanwhile or _nothing
        is_certain, self._is_certain = self._is_certain, False
        if is_certain and not self._one_by_one:
            results = self._apply(ticks)
        else:
            # Somebody may have died in the middle of a tick: its rest would take the call of the first.
            results = [result for tick in ticks for result in self._apply([tick])]
        self._is_certain = True
        return results

    def close(self) -> None:
        """Gives the connection up."""
        self._is_certain = False
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.disconnect()
            self._client.connection_pool.release(connection)

    def _apply(self, ticks: Sequence[Tick]) -> list[TickResult]:
        return apply_ticks(self._ask, self._shards, ticks, token=self._token)

    def _ask_at_once(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        """One write, then all answers. A connection that breaks takes those under way with it."""
        if self._connection is None:
            self._connection = self._client.connection_pool.get_connection()
        try:
            packed = b"".join(
                part
                for shard, args in calls
                for part in self._connection.pack_command(
                    "FCALL", PREFIX + _FUNCTION, 1, shard_tag(shard), *args
                )
            )
            self._connection.send_packed_command([packed], check_health=False)
            meanwhile, self._meanwhile = self._meanwhile, _nothing
            meanwhile()
            answers = [self._connection.read_response() for _ in calls]
        except BaseException:
            self.close()
            raise
        return [
            _NOTHING_READ if answer == _NOTHING else cast(dict[str, Any], orjson.loads(answer))
            for answer in answers
        ]


def _nothing() -> None:
    pass


def ask_in_turn(client: redis.Redis, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """The answers, by a client that anybody may share."""
    return [ask_shard(client, _FUNCTION, shard, *args) for shard, args in calls]


def apply_ticks(ask: Ask, shards: int, ticks: Sequence[Tick], *, token: int) -> list[TickResult]:
    """Moves the assets' prices in every shard and ends what the ticks touch, all of it.

    ticks: one of each asset, or two where none of the asset is unfinished; what the second ends may have been
    touched by the first. Raises Refused where that makes no difference to the next tick: state_unproven (a
    shard is closed), fenced (another has the feed); and redis.RedisError.
    """
    fired = [0] * len(ticks)
    refusals: list[Code | None] = [None] * len(ticks)
    accepted = [False] * len(ticks)
    # The later one of an asset replaces the earlier.
    last = {tick.symbol: number for number, tick in enumerate(ticks)}
    left = [(number, shard) for number in range(len(ticks)) for shard in range(shards)]
    while left:
        answers = ask([(shard, _arguments(ticks[number], shard, token)) for number, shard in left])
        more = []
        for (number, shard), answer in zip(left, answers, strict=True):
            refused = answer.get("refused")
            if refused in NO_TICK:
                raise Refused(Code(refused), {})
            fired[number] += int(answer.get("fired", 0))
            if answer.get("more") == "1" and number == last[ticks[number].symbol]:
                # What an earlier tick left undone may have taken the whole call.
                more.append((number, shard))
            elif refused is None:
                accepted[number] = True
            else:
                refusals[number] = Code(refused)
        left = more
    return [
        TickResult(accepted=taken, refusal=None if taken else refusal, fired=count)
        for taken, refusal, count in zip(accepted, refusals, fired, strict=True)
    ]


def _arguments(tick: Tick, shard: int, token: int) -> tuple[str | int, ...]:
    return (
        tick.symbol,
        tick.price,
        tick.trade_id,
        tick.event_time_ms,
        tick.received_time_us,
        tick.source,
        # Each price is published once, whatever the number of shards.
        1 if shard == 0 else 0,
        token,
    )
