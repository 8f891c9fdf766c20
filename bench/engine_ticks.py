"""What a quiet tick costs as positions grow in number, what they take of memory, what a scan would cost."""

import random
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

from bench.engine_population import BASE, BATCH, WALK, Crowd, TickCost, meanwhile, realistic_orders, walk
from bench.engine_server import bench_server
from bench.figures import say

SYMBOL = "BTC"


def measure_growth(*, small: int, large: int, rounds: int, ticks: int) -> dict[str, float]:
    """A tick at many positions against one at few, in turns; and the memory of the many."""
    with bench_server() as few, bench_server() as many:
        at_few, at_many = Crowd(few), Crowd(many)
        for crowd, positions in ((at_few, small), (at_many, large)):
            say(f"opening {positions:,} positions")
            crowd.admit(positions)
            with crowd.server.building():
                memory = populate(crowd, positions)
        say("timing quiet ticks")
        costs = in_turns(at_few, at_many, rounds=rounds, ticks=ticks)
        looks = in_turns(at_few, at_many, rounds=rounds, ticks=ticks, looks=True)
        memory |= measure_remembered(at_many, BATCH * 5)
    return memory | {
        "tick_growth": ratio((many.call_us, few.call_us) for few, many in costs),
        "tick_cpu_growth": ratio((many.cpu_us, few.cpu_us) for few, many in costs),
        "tick_look_growth": ratio((many.call_us, few.call_us) for few, many in looks),
        "tick_look_call_us": statistics.median(many.call_us for _, many in looks),
        "tick_call_us": statistics.median(many.call_us for _, many in costs),
        "tick_cpu_us": statistics.median(many.cpu_us for _, many in costs),
        "ticks_per_s": 1e6 / statistics.median(many.wall_us for _, many in costs),
    }


def populate(crowd: Crowd, positions: int) -> dict[str, float]:
    """Opens them; what each takes of memory with its place in all indexes, its account aside."""
    chooser = random.Random(2)
    before = crowd.server.used_memory()
    for _ in crowd.play(SYMBOL, meanwhile(walk(chooser), realistic_orders(chooser, SYMBOL)), positions):
        pass
    calm(crowd)
    return {"bytes_per_position": (crowd.server.used_memory() - before) / positions}


def measure_remembered(crowd: Crowd, positions: int) -> dict[str, float]:
    """What stays of an open for a time besides the position: the request's answer, and the event."""
    chooser = random.Random(3)
    crowd.admit(positions)
    client, steps = crowd.server.client, meanwhile(walk(chooser), realistic_orders(chooser, SYMBOL))
    for _ in crowd.play(SYMBOL, steps, positions, forget=False):
        pass
    whole = crowd.server.used_memory()
    requests = list(client.scan_iter("*:request:*", count=BATCH))
    client.unlink(*requests)
    without_requests = crowd.server.used_memory()
    crowd.forget(())
    return {
        "bytes_per_request": (whole - without_requests) / len(requests),
        "bytes_per_event": (without_requests - crowd.server.used_memory()) / positions,
    }


def calm(crowd: Crowd) -> None:
    """Takes the market to both ends of its walk: no later price is new to any trailing stop."""
    for price in (BASE - WALK, BASE + WALK):
        crowd.trade(SYMBOL, price)


def quiet_prices(chooser: random.Random, number: int) -> list[int]:
    """Trades that fire nothing."""
    prices = walk(chooser)
    return [next(prices) for _ in range(number)]


def in_turns(
    first: Crowd, second: Crowd, *, rounds: int, ticks: int, looks: bool = False
) -> list[tuple[TickCost, TickCost]]:
    """Rounds of quiet ticks on both: what disturbs the machine disturbs both."""
    chooser = random.Random(4)
    costs = [
        (
            first.tick_all(SYMBOL, quiet_prices(chooser, ticks), looks=looks),
            second.tick_all(SYMBOL, quiet_prices(chooser, ticks), looks=looks),
        )
        for _ in range(rounds + 1)
    ]
    # The first round warms up.
    return costs[1:]


def ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(over / under for over, under in pairs)


@dataclass(slots=True)
class Held:
    """A position as a naive engine keeps it."""

    is_long: bool
    liquidation_price: int
    stop_loss: int | None
    take_profit: int | None
    trailing_distance: int | None
    peak: int


def held(answer: dict[str, str]) -> Held:
    """A position that the library told of."""
    return Held(
        is_long=answer["side"] == "long",
        liquidation_price=int(answer["liquidation_price"]),
        stop_loss=int(answer["stop_loss"]) if answer["stop_loss"] else None,
        take_profit=int(answer["take_profit"]) if answer["take_profit"] else None,
        trailing_distance=int(answer["trailing_distance"]) if answer["trailing_distance"] else None,
        peak=int(answer["trailing_peak"] or 0),
    )


def touched(positions: list[Held], bid: int, ask: int) -> list[Held]:
    """What a naive engine does at each tick: looks at every position."""
    ended = []
    for position in positions:
        stop, take, distance = position.stop_loss, position.take_profit, position.trailing_distance
        if position.is_long:
            if distance is not None and bid > position.peak:
                position.peak = bid
            if (
                bid <= position.liquidation_price
                or (stop is not None and bid <= stop)
                or (distance is not None and bid <= position.peak - distance)
                or (take is not None and bid >= take)
            ):
                ended.append(position)
        else:
            if distance is not None and ask < position.peak:
                position.peak = ask
            if (
                ask >= position.liquidation_price
                or (stop is not None and ask >= stop)
                or (distance is not None and ask >= position.peak + distance)
                or (take is not None and ask <= take)
            ):
                ended.append(position)
    return ended


def scan_us(positions: list[Held]) -> float:
    """Processor time of one scan, which finds nothing."""
    began = time.thread_time_ns()
    ended = touched(positions, BASE - 1, BASE + 1)
    duration_ns = time.thread_time_ns() - began
    assert not ended
    return duration_ns / 1000


def measure_scan(crowd: Crowd, positions: int, *, rounds: int, ticks: int) -> dict[str, float]:
    """A scan in Python against a tick through the library, over the same positions."""
    say(f"opening {positions:,} positions to scan")
    chooser = random.Random(5)
    crowd.admit(positions)
    with crowd.server.building():
        steps = meanwhile(walk(chooser), realistic_orders(chooser, SYMBOL))
        known = [held(answer) for answer in crowd.play(SYMBOL, steps, positions)]
        calm(crowd)
    costs = [
        (scan_us(known), crowd.tick_all(SYMBOL, quiet_prices(chooser, ticks))) for _ in range(rounds + 1)
    ][1:]
    return {
        "vs_scan": ratio((scan, tick.call_us) for scan, tick in costs),
        "vs_scan_cpu": ratio((scan, tick.cpu_us) for scan, tick in costs),
        "scan_ms": statistics.median(scan for scan, _ in costs) / 1000,
    }
