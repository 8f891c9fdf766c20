"""Open positions by the million, made by the real library while the market moves."""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count as counting
from itertools import islice
from uuid import UUID

import orjson

from bench.engine_server import BenchServer, Words, call, now_us, packed
from bench.figures import say
from domain.messages import Tick
from domain.orders import Side
from orders.client import OpenOrder
from orders.keys import REQUEST, events_key, quiet_key, shard_tag

BASE = 645_000_000
# The market stays within this much of BASE while positions are opened and while quiet ticks are timed. Every
# trigger is further away, so nothing fires.
WALK = 400_000
TRIGGER_NEAREST = 1_500_000
LEVERAGES = (2, 5, 10, 20, 50, 100)
PER_ACCOUNT = 100
BALANCE = 100_000_000_00
BATCH = 1_000
# Ticks sent at once: few enough for the buffers that a server has ready for a client. Larger ones would be
# allocated each time, which on a large heap costs more than the ticks.
PIPELINE = 50
DIGEST = "0" * 64
PROGRESS_S = 5.0
# What a tick answers that fires nothing and leaves nothing to do.
QUIET = b'{"fired":"0","more":"0"}'

# A trade's price, or an order.
Step = int | OpenOrder

_trade_ids = counting(1)


def new_id(chooser: random.Random) -> str:
    """As long as the ids of the edge, and the same in every run."""
    return str(UUID(int=chooser.getrandbits(128), version=4))


def make_tick(symbol: str, price: int) -> Tick:
    """A trade at this raw price."""
    now_ms = time.time_ns() // 1_000_000
    return Tick(symbol, next(_trade_ids), price, 100_000, now_ms, False, now_ms * 1000, "bench")


def tick_call(tag: str, tick: Tick) -> Words:
    """The call that applies a trade in a shard; it publishes, as the first shard's does."""
    return call(
        "apply_tick",
        tag,
        tick.symbol,
        tick.price,
        tick.trade_id,
        tick.event_time_ms,
        tick.received_time_us,
        tick.source,
        1,
    )


def open_call(tag: str, user_id: str, request_id: str, order: OpenOrder) -> Words:
    """The call that opens a position."""
    triggers = (order.take_profit, order.stop_loss, order.trailing_distance)
    return call(
        "open",
        tag,
        user_id,
        request_id,
        DIGEST,
        "",
        order.order_id,
        order.asset,
        order.side,
        order.margin,
        order.leverage,
        *("" if price is None else price for price in triggers),
    )


def walk(chooser: random.Random, *, width: int = WALK) -> Iterator[int]:
    """Prices of a market that goes nowhere."""
    while True:
        yield BASE + chooser.randint(-width, width)


def realistic_orders(chooser: random.Random, asset: str) -> Iterator[OpenOrder]:
    """Both sides, all leverages; of stop loss, take profit and trailing stop each at a part of them.

    No trigger is so near the market that it could fire.
    """
    while True:
        side, leverage = chooser.choice(list(Side)), chooser.choice(LEVERAGES)
        sign = 1 if side is Side.LONG else -1
        # Beyond the liquidation a stop loss would be idle.
        reach = max(TRIGGER_NEAREST + 1, min(BASE // 20, BASE // leverage))
        yield OpenOrder(
            order_id=new_id(chooser),
            asset=asset,
            side=side,
            margin=chooser.randint(1_000, 50_000),
            leverage=leverage,
            take_profit=_away(chooser, sign, BASE // 20) if chooser.random() < 0.4 else None,
            stop_loss=_away(chooser, -sign, reach) if chooser.random() < 0.4 else None,
            trailing_distance=chooser.randint(TRIGGER_NEAREST, BASE // 10)
            if chooser.random() < 0.2
            else None,
        )


def _away(chooser: random.Random, sign: int, reach: int) -> int:
    return BASE + sign * chooser.randint(TRIGGER_NEAREST, reach)


def meanwhile(prices: Iterator[int], orders: Iterator[OpenOrder], *, per_trade: int = 25) -> Iterator[Step]:
    """Orders while the market moves: a trade before every so many."""
    while True:
        yield next(prices)
        yield from islice(orders, per_trade)


def is_moving(answer: bytes) -> bool:
    """Whether a tick was accepted that fired nothing yet and has more stops to move."""
    return b'"fired":"0"' in answer and b"refused" not in answer


@dataclass(frozen=True, slots=True)
class TickCost:
    """Microseconds of a tick.

    call_us: inside the call; cpu_us: the server's processor time for all that it does for a tick, reading and
    answering included; wall_us: what passes in a pipeline.
    """

    call_us: float
    cpu_us: float
    wall_us: float


class Crowd:
    """Accounts of a server's first shard that open positions, `PER_ACCOUNT` each."""

    def __init__(self, server: BenchServer) -> None:
        self.server = server
        self.wire = server.wire()
        self.tag = shard_tag(0)
        self._chooser = random.Random(1)
        self._places: Iterator[str] = iter(())

    def admit(self, positions: int) -> None:
        """Opens accounts for so many further positions."""
        users = [new_id(self._chooser) for _ in range(-(-positions // PER_ACCOUNT))]
        self.wire.ask(*(call("open_account", self.tag, user, BALANCE) for user in users))
        self._places = (user for user in users for _ in range(PER_ACCOUNT))
        self.forget(())

    def play(
        self, asset: str, steps: Iterator[Step], number: int, *, forget: bool = True
    ) -> Iterator[dict[str, str]]:
        """Takes steps until so many positions are open; yields what the library told of each.

        forget: without what it remembers of requests and events, as after a day and once journaled.
        """
        began = told = time.monotonic()
        opened = 0
        orders: list[OpenOrder] = []
        for step in steps:
            if isinstance(step, int):
                yield from self._open_all(orders, forget=forget)
                orders = []
                self.trade(asset, step)
            else:
                orders.append(step)
                opened += 1
            if opened == number:
                break
            if time.monotonic() - told > PROGRESS_S:
                told = time.monotonic()
                say(f"  {opened:,} of {number:,} positions, {opened / (told - began):,.0f} a second")
        yield from self._open_all(orders, forget=forget)

    def _open_all(self, orders: list[OpenOrder], *, forget: bool) -> list[dict[str, str]]:
        commands: list[Words] = []
        requests: list[str] = []
        for order in orders:
            user, request = next(self._places), self._chooser.randbytes(16).hex()
            requests.append(f"{self.tag}{REQUEST}{user}:{request}")
            commands.append(open_call(self.tag, user, request, order))
        answers: list[dict[str, str]] = [orjson.loads(answer) for answer in self.wire.ask(*commands)]
        refused = [answer for answer in answers if "refused" in answer]
        assert not refused, refused[0]
        if forget:
            self.forget(requests)
        return answers

    def trade(self, asset: str, price: int) -> None:
        """One trade that fires nothing, called until it has moved all trailing stops that it moves."""
        self._finish(tick_call(self.tag, make_tick(asset, price)))

    def tick_all(
        self, asset: str, prices: Iterable[int], *, moves: bool = False, looks: bool = False
    ) -> TickCost:
        """Trades, packed beforehand and sent PIPELINE at a time; none fires.

        moves: they may move trailing stops. looks: as if a position changed before each, so that each looks
        at the indexes, not at what an earlier one found there.
        """
        ticks = commands = [tick_call(self.tag, make_tick(asset, price)) for price in prices]
        if looks:
            commands = [each for tick in ticks for each in (("DEL", quiet_key(0, asset)), tick)]
        parts = [commands[start : start + PIPELINE] for start in range(0, len(commands), PIPELINE)]
        requests = [(packed(part), len(part)) for part in parts]
        answers: list[bytes] = []
        with self.server.timed_calls() as times:
            began = now_us()
            for request, count in requests:
                answers += self.wire.exchange(request, count)
            if moves:
                # A tick that is left unfinished is finished by the next one's call; the last has none.
                self._finish(ticks[-1])
            wall_us = (now_us() - began) / len(ticks)
        told = answers[1::2] if looks else answers
        loud = [answer for answer in told if answer != QUIET and not (moves and is_moving(answer))]
        assert not loud, loud[0]
        return TickCost(call_us=times["call_us"], cpu_us=times["cpu_us"], wall_us=wall_us)

    def _finish(self, command: Words) -> None:
        while (answer := self.wire.ask(command)[0]) != QUIET and b"trade_id_not_above" not in answer:
            assert is_moving(answer), answer

    def forget(self, requests: Sequence[str]) -> None:
        """Lets go of remembered requests and of all events."""
        commands: list[Words] = [("XTRIM", events_key(0), "MAXLEN", 0)]
        if requests:
            commands.append(("UNLINK", *requests))
        self.wire.ask(*commands)
