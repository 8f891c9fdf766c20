"""A poller that does nothing but decode: `python -m bench.feed_decode`, what bench.feed compares with.

The real source, connected as the poller's is; its ticks go nowhere. Their number is published as the
poller's figures are.
"""

import asyncio
from contextlib import aclosing

from poller.checkpoint import Checkpoints
from poller.reports import PROCESS
from poller.sources import SourceContext, open_source
from runtime.connections import queue_redis
from runtime.figures import publish_figures
from runtime.process import start_process

PUBLISH_EVERY_S = 0.1


class Decoder:
    """Counts what comes."""

    def __init__(self) -> None:
        self.settings, _stop = start_process("decode")
        self._queues = queue_redis(self.settings, name="decode")
        self._ticks = 0

    async def decode(self) -> None:
        """Decodes until the process is ended."""
        source = await open_source(SourceContext(self.settings, Checkpoints(self._queues)))
        publishing = asyncio.create_task(self._publish())
        async with aclosing(source.ticks()) as feed:
            async for _tick in feed:
                self._ticks += 1
        await publishing

    async def _publish(self) -> None:
        while True:
            figures = {"ticks": self._ticks, "kafka_delivered": self._ticks}
            await asyncio.to_thread(publish_figures, self._queues, PROCESS, figures)
            await asyncio.sleep(PUBLISH_EVERY_S)


if __name__ == "__main__":
    asyncio.run(Decoder().decode())
