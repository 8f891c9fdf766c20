"""What a tick costs in a rising market, where new highs move trailing stops: at many against few."""

import random
import statistics
from collections.abc import Iterator
from itertools import islice

from bench.engine_population import BASE, Crowd, Step, new_id, say
from bench.engine_server import bench_server
from domain.instruments import ASSETS
from domain.orders import Side
from orders.client import OpenOrder

# The market falls by this share while the stops are set, with setbacks, so that they have many different
# peaks; then it rises past all of them.
FALL = 0.05
RISE = 0.06
SETBACK = 0.0005
NEAREST, FURTHEST = BASE // 10, BASE // 4
TRADES = 10_000
CHUNK = 500


def measure_trails(*, few: int, many: int, trades: int = TRADES) -> dict[str, float]:
    """Each asset is a round: its stops are set, then its market rises, on both servers in turns."""
    with bench_server() as small, bench_server() as large:
        crowds = [Crowd(small), Crowd(large)]
        for crowd, stops in zip(crowds, (few, many), strict=True):
            say(f"setting {stops:,} trailing stops in each of {len(ASSETS)} markets")
            _set_stops(crowd, stops, trades)
        say("timing rising markets")
        rounds = [_rise(asset, *crowds, trades=trades) for asset in ASSETS]
    return {
        "trail_growth": statistics.median(large[0] / small[0] for small, large in rounds),
        "trail_growth_call": statistics.median(large[1] / small[1] for small, large in rounds),
        "trail_tick_us": statistics.median(large[0] for _, large in rounds),
    }


def _set_stops(crowd: Crowd, stops: int, trades: int) -> None:
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


def _rise(
    asset: str, small: Crowd, large: Crowd, *, trades: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Mean microseconds of a tick of the rise at few and at many: (all of the server's, in the call)."""
    lowest, highest = BASE * (1 - FALL - SETBACK), BASE * (1 - FALL + RISE)
    prices = iter([round(lowest + (highest - lowest) * (number + 1) / trades) for number in range(trades)])
    costs = []
    while chunk := list(islice(prices, CHUNK)):
        costs.append([crowd.tick_all(asset, chunk, moves=True) for crowd in (small, large)])
    whole, call = (
        tuple(statistics.fmean(getattr(both[which], name) for both in costs) for which in (0, 1))
        for name in ("whole_us", "call_us")
    )
    return (whole[0], call[0]), (whole[1], call[1])
