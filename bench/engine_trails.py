"""What a tick costs in a rising market, where new highs move trailing stops: at many against few."""

import random
import statistics
from collections.abc import Iterator
from itertools import islice

from bench.engine_population import BASE, Crowd, Step, TickCost, new_id
from bench.engine_server import bench_server
from bench.figures import say
from domain.instruments import ASSETS
from domain.orders import Side
from orders.client import OpenOrder

# The market falls by this share while the stops are set, with setbacks, so that they have many different
# peaks; then it rises past all of them.
FALL = 0.05
RISE = 0.06
SETBACK = 0.0005
NEAREST, FURTHEST = BASE // 10, BASE // 4
CHUNK = 500
# Of a calm rise each trade passes one of the many stops, of a rush so many.
RUSH = 10
CALM_ASSETS, RUSH_ASSET = ("BTC", "ETH"), "SOL"


def measure_trails(*, few: int, many: int) -> dict[str, float]:
    """Each asset is a round: its stops are set, then its market rises, on both servers in turns."""
    with bench_server() as small, bench_server() as large:
        crowds = [Crowd(small), Crowd(large)]
        for crowd, stops in zip(crowds, (few, many), strict=True):
            say(f"setting {stops:,} trailing stops in each of {len(ASSETS)} markets")
            _set_stops(crowd, stops, trades=many // RUSH)
        say("timing rising markets")
        calm = [_rise(asset, *crowds, trades=many) for asset in CALM_ASSETS]
        rush = _rise(RUSH_ASSET, *crowds, trades=many // RUSH)
    return {
        "trail_growth": rush[1].call_us / rush[0].call_us,
        "trail_calm_growth": statistics.fmean(large.call_us / small.call_us for small, large in calm),
        "trail_cpu_growth": rush[1].cpu_us / rush[0].cpu_us,
        "trail_call_us": rush[1].call_us,
    }


def _set_stops(crowd: Crowd, stops: int, *, trades: int) -> None:
    with crowd.server.building():
        for asset in ASSETS:
            crowd.admit(stops)
            for _ in crowd.play(asset, _falling(asset, stops, trades), stops):
                pass


def _falling(asset: str, stops: int, trades: int) -> Iterator[Step]:
    """The same market however many the stops; they are spread over it evenly."""
    chooser, ids = random.Random(asset), random.Random(8)
    for number in range(trades):
        yield round(BASE * (1 - FALL * number / trades + chooser.uniform(-SETBACK, SETBACK)))
        for _ in range(stops * (number + 1) // trades - stops * number // trades):
            yield OpenOrder(
                order_id=new_id(ids),
                asset=asset,
                side=Side.LONG,
                margin=1_000,
                leverage=2,
                trailing_distance=ids.randint(NEAREST, FURTHEST),
            )


def _rise(asset: str, small: Crowd, large: Crowd, *, trades: int) -> tuple[TickCost, TickCost]:
    """A tick's mean cost over the whole rise, at few and at many."""
    lowest, highest = BASE * (1 - FALL - SETBACK), BASE * (1 - FALL + RISE)
    prices = iter([round(lowest + (highest - lowest) * (number + 1) / trades) for number in range(trades)])
    costs: tuple[list[TickCost], list[TickCost]] = ([], [])
    while chunk := list(islice(prices, CHUNK)):
        for crowd, of_it in zip((small, large), costs, strict=True):
            of_it.append(crowd.tick_all(asset, chunk, moves=True))
    return mean(costs[0]), mean(costs[1])


def mean(costs: list[TickCost]) -> TickCost:
    """The mean of equal numbers of ticks."""
    return TickCost(
        call_us=statistics.fmean(cost.call_us for cost in costs),
        cpu_us=statistics.fmean(cost.cpu_us for cost in costs),
        wall_us=statistics.fmean(cost.wall_us for cost in costs),
    )
