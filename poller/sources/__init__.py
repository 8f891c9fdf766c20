"""The feed's sources. A new one is a module with an `open_...` function and one line in SOURCES."""

from collections.abc import Awaitable, Callable

from poller.sources.auto import open_auto
from poller.sources.base import Source, SourceContext
from poller.sources.binance import open_binance
from poller.sources.replay import open_replay
from poller.sources.simulator import open_simulator

__all__ = ["SOURCES", "Source", "SourceContext", "open_source"]

# MARKET_FEED -> how that source is started.
SOURCES: dict[str, Callable[[SourceContext], Awaitable[Source]]] = {
    "auto": open_auto,
    "binance": open_binance,
    "replay": open_replay,
    "simulated": open_simulator,
}


async def open_source(context: SourceContext) -> Source:
    """The source that the settings ask for, ready to give ticks."""
    return await SOURCES[context.settings.market_feed](context)
