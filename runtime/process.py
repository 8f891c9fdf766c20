"""The life of a process: settings, logging, a clean stop."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

from prometheus_client import CollectorRegistry

from runtime.logs import configure_logging, get_logger
from runtime.pulse import Pulse
from runtime.settings import Settings, get_settings

log = get_logger(__name__)


class Stop:
    """Set by SIGTERM or SIGINT; loops ask it, waits end with it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Asks the process to stop."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Waits so long or until the stop; True when it is time to stop."""
        return self._event.wait(seconds)


def start_process(name: str, metrics: CollectorRegistry | None = None) -> tuple[Settings, Stop]:
    """What every `main` begins with: settings read, logs set up, SIGTERM and SIGINT asking for a stop.

    From then on the process says that it lives, and what its metrics are.
    """
    settings = get_settings()
    configure_logging(settings, name)
    stop = Stop()

    def ask(signum: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(signum).name)
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    Pulse(settings, name, metrics).start()
    log.info("started")
    return settings, stop


def on_sigterm(callback: Callable[[], None]) -> None:
    """Calls back on SIGTERM before whatever handled it so far; only from the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    earlier = signal.getsignal(signal.SIGTERM)

    def handle(signum: int, frame: FrameType | None) -> None:
        callback()
        if callable(earlier):
            earlier(signum, frame)
        elif earlier is signal.SIG_DFL:
            raise SystemExit(128 + signum)

    signal.signal(signal.SIGTERM, handle)
