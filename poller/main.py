"""The poller: `python -m poller.main` reads MARKET_FEED and writes every trade to Redis and Kafka.

The event loop runs the source; one thread writes to the sinks; the handoff between them is bounded. When the
feed ends (a replay that doesn't loop) the process stays, idle, until it is told to stop.

Any number may run: one has the lease of the feed, the others stand by.
"""

import asyncio
import sys
from contextlib import aclosing

import redis

from orders.codes import Refused
from orders.holding import Holding, LeaseLost
from orders.leases import raise_fence
from orders.ticks import TickLane
from poller.checkpoint import Checkpoints
from poller.handoff import Handoff
from poller.kafka import KafkaSink
from poller.reports import FeedReport
from poller.sinks import Fanout
from poller.sources import Source, SourceContext, open_source
from runtime.connections import orders_redis, queue_redis
from runtime.logs import get_logger
from runtime.pacing import Seldom
from runtime.process import Stop, start_process
from runtime.settings import Settings

_STOP_CHECK_S = 0.1
FEED_LEASE = "feed"

log = get_logger(__name__)


async def read_source(source: Source, handoff: Handoff) -> None:
    """Moves the source's ticks to the handoff until the feed ends or this task is cancelled."""
    async with aclosing(source.ticks()) as ticks:
        async for tick in ticks:
            await handoff.put(tick)
    log.info("feed ended", source=source.name)


async def save_checkpoints(
    source: Source, kafka: KafkaSink, checkpoints: Checkpoints, *, every_s: float
) -> None:
    """Saves the source's place again and again; a Redis that is away delays it and stops nothing."""
    failures = Seldom()
    while True:
        await asyncio.sleep(every_s)
        try:
            await asyncio.to_thread(save_checkpoint, source, kafka, checkpoints)
        except redis.RedisError as error:
            if times := failures.due():
                log.warning("checkpoint not saved", error=str(error), times=times)


def save_checkpoint(source: Source, kafka: KafkaSink, checkpoints: Checkpoints) -> None:
    """Saves where the source may go on; raises redis.RedisError."""
    checkpoint = source.checkpoint(kafka.acknowledged)
    if checkpoint is not None:
        checkpoints.save(source.name, checkpoint)


async def run(settings: Settings, order_state: redis.Redis, holding: Holding, stop: Stop) -> None:
    """Runs the feed until `stop`; raises what breaks a part of it, so that the process is started again."""
    queues = queue_redis(settings, name="poller")
    checkpoints = Checkpoints(queues)
    lane = TickLane(order_state, settings, token=holding.lease.token)
    source = await open_source(SourceContext(settings, checkpoints))
    kafka = KafkaSink(settings)
    handoff = Handoff(settings.feed_queue_max)
    fanout = Fanout(handoff, lane, kafka, settings=settings, stop=stop)
    report = FeedReport(source, fanout, handoff, kafka)
    # Before the first tick: what decides the times of a replay must outlive this process.
    save_checkpoint(source, kafka, checkpoints)

    sinking = asyncio.create_task(asyncio.to_thread(fanout.run))
    reading = asyncio.create_task(read_source(source, handoff))
    aside = [
        asyncio.create_task(report.write(every_s=settings.feed_report_s)),
        asyncio.create_task(report.publish(queues)),
        asyncio.create_task(
            save_checkpoints(source, kafka, checkpoints, every_s=settings.checkpoint_every_s)
        ),
    ]
    try:
        await until_stop_or_failure(stop, holding, [sinking, reading, *aside])
    finally:
        # A part that broke must not leave the thread waiting for ticks for ever.
        stop.set()
        for task in (reading, *aside):
            task.cancel()
        await asyncio.gather(reading, *aside, return_exceptions=True)
        handoff.close()
        await sinking
    save_checkpoint(source, kafka, checkpoints)


async def until_stop_or_failure(stop: Stop, holding: Holding, tasks: list[asyncio.Task[None]]) -> None:
    """Returns at the stop; raises as soon as one of the tasks has failed, or LeaseLost."""
    while not stop:
        if holding.lost:
            raise LeaseLost("another poller has the feed")
        await asyncio.wait(tasks, timeout=_STOP_CHECK_S, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()


def main() -> None:
    """The process: a standby until it has the lease of the feed, then the active poller."""
    settings, stop = start_process("poller")
    order_state = orders_redis(settings, name="poller")
    holding = Holding(order_state, FEED_LEASE, lease_s=settings.lease_s)
    if holding.wait(stop):
        try:
            raise_fence_when_it_can(order_state, settings, holding, stop)
            asyncio.run(run(settings, order_state, holding, stop))
        except LeaseLost as lost:
            log.error("ending", why=str(lost))
            sys.exit(1)
        finally:
            holding.give_back()
    log.info("stopped")


def raise_fence_when_it_can(
    order_state: redis.Redis, settings: Settings, holding: Holding, stop: Stop
) -> None:
    """Keeps out the ticks of earlier pollers; waits for an order state that is away.

    Raises LeaseLost when another has taken over meanwhile.
    """
    failures = Seldom()
    while not stop:
        try:
            raise_fence(order_state, settings.order_shards, holding.lease)
        except redis.RedisError as error:
            if times := failures.due():
                log.warning("fence not raised, trying again", error=str(error), times=times)
        except Refused as refusal:
            raise LeaseLost("another poller has the feed") from refusal
        else:
            return
        stop.wait(_STOP_CHECK_S)


if __name__ == "__main__":
    main()
