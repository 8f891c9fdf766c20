"""What the poller's tests look at: processes, prices, checkpoints, and what lies in Kafka."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import orjson
import redis
from confluent_kafka import Consumer, TopicPartition

from domain.messages import Tick
from orders.client import OrderDesk
from poller.sources.base import Source
from runtime.connections import kafka_config
from runtime.settings import Settings
from tests.support.back_office import ROOT, DeskProcess
from tests.support.opening import load_and_open
from tests.support.waiting import eventually

STOP_LIMIT_S = 5.0
LAST_LINES = 8


class Feed:
    """A desk's feed alone: the two Redis servers, a topic, and poller processes."""

    def __init__(
        self, settings: Settings, order_state: redis.Redis, queues: redis.Redis, folder: Path
    ) -> None:
        self.settings = settings
        self.order_state = order_state
        self.queues = queues
        self._folder = folder
        self._processes: list[DeskProcess] = []

    @property
    def desk(self) -> OrderDesk:
        """A client of the order state."""
        return OrderDesk(self.order_state, self.settings)

    def start(self, module: str = "poller.main", **changed: Any) -> DeskProcess:
        """`python -m module`, with settings changed for it alone."""
        values = self.settings.model_dump(include=self.settings.model_fields_set, mode="json") | changed
        env = {name.upper(): str(value) for name, value in values.items()}
        env |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        log = self._folder / f"{module}-{len(self._processes)}.log"
        process = DeskProcess([sys.executable, "-m", module], env, log)
        self._processes.append(process)
        return process

    def load_library(self) -> None:
        """Loads the order state's library, as the start of a desk does."""
        load_and_open(self.order_state, self.settings)

    def checkpoint(self, source: str) -> dict[str, Any]:
        """The source's checkpoint; empty when there is none."""
        text = self.queues.get(f"poller:checkpoint:{source}")
        return dict(orjson.loads(text)) if isinstance(text, bytes) else {}

    def last_words(self) -> str:
        """The end of what the newest process wrote."""
        return "\n".join(self._processes[-1].output.splitlines()[-LAST_LINES:])

    def close(self) -> None:
        """Kills every process of the test."""
        for process in self._processes:
            process.kill()


class Topic:
    """All that lies in a topic, read again and again from where the last read ended."""

    def __init__(self, settings: Settings) -> None:
        self.ticks: list[Tick] = []
        # By key.
        self.partitions_of: dict[bytes, set[int]] = {}
        # What the consumer has met: a broker that is killed is no fault, but a reason not to find a trade.
        self.errors: list[str] = []
        self._consumer = Consumer(
            {
                **kafka_config(settings, name="tests"),
                "group.id": "tests",
                "fetch.wait.max.ms": 10,
                # By itself it would leave out whatever it can't read, without a word.
                "auto.offset.reset": "error",
            }
        )
        topic = settings.kafka_topic
        eventually(lambda: topic in self._consumer.list_topics(timeout=5).topics, what=f"topic {topic}")
        self.partitions = len(self._consumer.list_topics(timeout=5).topics[topic].partitions)
        self._consumer.assign([TopicPartition(topic, number, 0) for number in range(self.partitions)])

    def trade_ids(self) -> set[int]:
        """The distinct trade ids there so far."""
        for message in self._consumer.consume(5000, 0.1):
            if (error := message.error()) is not None:
                self.errors.append(error.str())
            else:
                value, key = message.value(), message.key()
                assert isinstance(value, bytes)
                assert isinstance(key, bytes)
                self.ticks.append(Tick.decode(value))
                partition = message.partition()
                assert partition is not None
                self.partitions_of.setdefault(key, set()).add(partition)
        return {tick.trade_id for tick in self.ticks}

    def close(self) -> None:
        """Lets go of the broker."""
        self._consumer.close()


@contextmanager
def reading(settings: Settings) -> Iterator[Topic]:
    """The settings' topic, once it is there."""
    topic = Topic(settings)
    try:
        yield topic
    finally:
        topic.close()


@contextmanager
def collecting(source: Source) -> Iterator[list[Tick]]:
    """The ticks that a source gives, as they come; it is stopped at the end, which must not take long."""
    ticks: list[Tick] = []
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def collect() -> None:
        async with aclosing(source.ticks()) as feed:
            async for tick in feed:
                ticks.append(tick)

    async def run() -> None:
        task = asyncio.create_task(collect())
        running.append((asyncio.get_running_loop(), task))
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="source")
    thread.start()
    loop, task = eventually(lambda: running, what="the source to run")[0]
    try:
        yield ticks
    finally:
        asked_at = time.monotonic()
        if thread.is_alive():
            loop.call_soon_threadsafe(task.cancel)
        thread.join(STOP_LIMIT_S)
        assert not thread.is_alive(), "the source does not stop"
        assert time.monotonic() - asked_at < STOP_LIMIT_S
