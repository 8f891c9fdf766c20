"""The queue between the event loop and the sinks' thread: in order, bounded, nothing lost."""

import asyncio
import threading

import pytest

from domain.messages import Tick
from poller.handoff import Handoff
from tests.support.market import make_tick
from tests.support.waiting import eventually


def test_ticks_come_out_in_the_order_they_went_in_with_far_more_than_it_holds() -> None:
    handoff = Handoff(10)
    taken: list[int] = []
    depths: list[int] = []

    def take() -> None:
        while not handoff.drained:
            depths.append(handoff.depth)
            taken.extend(tick.trade_id for tick in handoff.get(0.05))

    async def put() -> None:
        for trade_id in range(2000):
            await handoff.put(make_tick(trade_id))
        handoff.close()

    thread = threading.Thread(target=take)
    thread.start()
    asyncio.run(put())
    thread.join(10)
    assert taken == list(range(2000))
    assert max(depths) <= 12, "ten ticks, the one that goes next, and the end"


def test_the_source_waits_while_it_is_full_and_goes_on_when_there_is_room() -> None:
    handoff = Handoff(2)

    async def scenario() -> list[list[Tick]]:
        for trade_id in (1, 2):
            await handoff.put(make_tick(trade_id))
        third = asyncio.create_task(handoff.put(make_tick(3)))
        done, _ = await asyncio.wait([third], timeout=0.2)
        assert not done, "it must wait"
        first = await asyncio.to_thread(handoff.get, 1.0)
        await asyncio.wait_for(third, 2)
        return [first, handoff.get(0.0)]

    assert asyncio.run(scenario()) == [[make_tick(1), make_tick(2)], [make_tick(3)]]


def test_a_source_that_is_stopped_while_it_waits_loses_only_its_own_tick() -> None:
    handoff = Handoff(1)

    async def scenario() -> None:
        await handoff.put(make_tick(1))
        waiting = asyncio.create_task(handoff.put(make_tick(2)))
        await asyncio.wait([waiting], timeout=0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(scenario())
    assert handoff.get(0.0) == [make_tick(1)]
    assert handoff.get(0.0) == []
    assert not handoff.drained


def test_after_the_close_what_is_inside_can_still_be_taken() -> None:
    handoff = Handoff(5)
    asyncio.run(handoff.put(make_tick(1)))
    handoff.close()
    assert not handoff.drained
    assert handoff.get(0.0) == [make_tick(1)]
    eventually(lambda: handoff.get(0.0) == [] and handoff.drained)


def test_two_ticks_of_each_asset_come_together_and_a_third_stays_behind() -> None:
    handoff = Handoff(10)
    order = ["BTC", "ETH", "BTC", "BTC", "ETH", "ETH", "SOL"]
    ticks = [make_tick(number, symbol=symbol) for number, symbol in enumerate(order)]

    async def put() -> None:
        for tick in ticks:
            await handoff.put(tick)

    asyncio.run(put())
    handoff.close()
    taken = []
    while not handoff.drained:
        assert handoff.depth > 0
        taken.append(handoff.get(0.0))
    assert taken == [ticks[:3], ticks[3:7]]
