"""`python -m poller.go`: ends the hold of a replay (REPLAY_HOLD_AFTER).

While a replay holds no trades come, so prices grow stale as they would in any silent market.
"""

import sys

from poller.checkpoint import Checkpoints, ReplayCheckpoint
from runtime.connections import queue_redis
from runtime.logs import configure_logging, get_logger
from runtime.settings import get_settings

log = get_logger(__name__)


def main() -> int:
    """Says go to the replay that runs on REDIS_URL; exit status 1 when there is none."""
    settings = get_settings()
    configure_logging(settings, "go")
    checkpoints = Checkpoints(queue_redis(settings, name="go"))
    replay = checkpoints.load("replay", ReplayCheckpoint)
    if replay is None or replay.finished:
        log.error("no replay to let go: is the poller running with MARKET_FEED=replay?")
        return 1
    go = checkpoints.let_go(replay)
    log.info("go", run_id=go.run_id, at_ms=go.at_ms)
    return 0


if __name__ == "__main__":
    sys.exit(main())
