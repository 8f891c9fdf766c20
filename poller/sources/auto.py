"""`auto`, for development: Binance when it can be reached at the start, else the simulated market.

The choice is made once in a run (RUN_ID) and kept beside the checkpoints: a poller that is started again
keeps to it. A feed that changed from real to invented prices under open positions would be worse than one
that is down.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from poller.checkpoint import Checkpoint
from poller.sources.base import Source, SourceContext
from poller.sources.binance import open_binance, reachable
from poller.sources.simulator import open_simulator
from runtime.logs import get_logger

NAME = "auto"
_OPENERS: dict[str, Callable[[SourceContext], Awaitable[Source]]] = {
    "binance": open_binance,
    "simulated": open_simulator,
}

log = get_logger(__name__)


class AutoChoice(Checkpoint):
    """What `auto` chose in a run."""

    run_id: str
    feed: Literal["binance", "simulated"]


async def open_auto(context: SourceContext) -> Source:
    """Binance if one of its hosts accepts the stream within the connect timeout, else the simulator."""
    run_id = context.settings.run_id
    kept = context.checkpoints.load(NAME, AutoChoice)
    if kept is not None and kept.run_id == run_id:
        log.info("auto feed keeps to its choice", feed=kept.feed)
        return await _OPENERS[kept.feed](context)
    choice = AutoChoice(run_id=run_id, feed="binance" if await reachable(context.settings) else "simulated")
    # Before the first tick: the choice must not be lost with the process.
    context.checkpoints.save(NAME, choice)
    if choice.feed == "binance":
        log.info("auto feed chose", feed=choice.feed)
    else:
        log.warning("auto feed chose", feed=choice.feed, why="no Binance host could be reached in time")
    return await _OPENERS[choice.feed](context)
