"""A desk of its own for each seed, and a server for the desks."""

import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.model.simulation import STALE_MS, Simulation
from tests.model.wire import QuickRedis
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings

STOPPING = (signal.SIGINT, signal.SIGTERM)
ELSEWHERE = "redis://nobody.invalid"


def terms_of(seed: int) -> dict[str, Any]:
    """A desk of its own for each seed."""
    chooser = random.Random(f"desk {seed}")
    return {
        "spread_bps": chooser.randint(0, 5),
        "fee_bps": chooser.choice((0, 1, 50, chooser.randint(0, 100))),
        "stop_out_percent": chooser.choice((0, 0, chooser.randint(1, 50))),
        "order_shards": chooser.choice((1, 1, 3)),
        "fired_per_call_max": chooser.choice((1, 3, 3, 200)),
        "positions_per_account_max": chooser.choice((4, 20, 200)),
        "price_stale_ms": STALE_MS,
        "price_deviation_bps": chooser.choice((0, 0, 300, 2_000)),
        "price_confirmations": chooser.choice((1, 2, 4)),
        "trails_moved_per_call_max": chooser.choice((1, 3, 5, 1_000)),
        # The larger one makes positions that are too large for a cheap asset.
        "margin_max_cents": chooser.choice((100_000_000, 1_300_000_000)),
    }


def simulate(client: QuickRedis, settings: Settings, seed: int, steps: int) -> Counter[str]:
    """One seed, from an empty server; what happened, counted. Raises Difference."""
    simulation = Simulation(client, settings.model_copy(update=terms_of(seed)), seed)
    simulation.run(seed, steps)
    return simulation.counts


class QuickValkey(ValkeyServer):
    """A server that keeps nothing on disk; it listens on a socket in its folder too."""

    @property
    def socket(self) -> Path:
        """What a connection that needn't be TCP goes to: a tenth faster."""
        return self._folder / "socket"

    def _text(self) -> str:
        # What fsync promises is tested elsewhere; of two lines the last counts.
        return super()._text() + f'unixsocket "{self.socket}"\nappendonly no\n'


@contextmanager
def running_orders(binary: Path | None = None) -> Iterator[tuple[QuickRedis, Settings]]:
    """A server of our own, a Valkey unless told, with the settings to reach it; nothing else starts."""
    with ExitStack() as stack:
        stack.callback(signal.pthread_sigmask, signal.SIG_UNBLOCK, STOPPING)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cfdesk-model-")))
        secrets = folder / "secrets"
        server = QuickValkey(
            "orders",
            folder=folder / "orders",
            secrets=secrets,
            port=quiet_port(),
            fsync="no",
            binary=binary,
        )
        server.prepare()
        running = RunningServer(server, folder / "orders.log")
        stack.callback(running.stop)
        running.start().wait()
        elsewhere = Services(ELSEWHERE, ELSEWHERE, server.url, lambda: ELSEWHERE)
        settings = make_settings(elsewhere)
        client = cast(QuickRedis, QuickRedis.from_url(server.url))
        stack.callback(client.close)
        client.dial(server.socket, timeout_s=settings.redis_timeout_s)
        # First of all at the end: a second signal must not leave half of it behind.
        stack.callback(signal.pthread_sigmask, signal.SIG_BLOCK, STOPPING)
        yield client, settings
