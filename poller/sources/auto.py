"""`auto`, for development: Binance when it can be reached at the start, else the simulated market.

The choice is made once. A feed that changed from real to invented prices under open positions would be
worse than one that is down.
"""

from poller.sources.base import Source, SourceContext
from poller.sources.binance import open_binance, reachable
from poller.sources.simulator import open_simulator
from runtime.logs import get_logger

log = get_logger(__name__)


async def open_auto(context: SourceContext) -> Source:
    """Binance if one of its hosts accepts the stream within the connect timeout, else the simulator."""
    if await reachable(context.settings):
        log.info("auto feed chose", feed="binance")
        return await open_binance(context)
    log.warning("auto feed chose", feed="simulated", why="no Binance host could be reached in time")
    return await open_simulator(context)
