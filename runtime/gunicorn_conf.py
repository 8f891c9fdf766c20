"""gunicorn's settings for the processes `web` and `stream`, told apart by PROCESS."""

# Before anything imports ssl or threading: gevent replaces what those use.
from gevent import monkey

monkey.patch_all()

from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from runtime.pulse import Pulse  # noqa: E402
from runtime.settings import get_settings  # noqa: E402

_settings = get_settings()
_is_stream = _settings.process == "stream"
_memory = Path("/dev/shm")  # noqa: S108 - only to hold gunicorn's heartbeat files, made by mkstemp

proc_name = f"cfdesk-{_settings.process}"
bind = f"{_settings.web_host}:{_settings.stream_port if _is_stream else _settings.web_port}"
workers = _settings.stream_workers if _is_stream else _settings.web_workers
worker_class = "gevent"
worker_connections = _settings.stream_clients_max + 100
graceful_timeout = _settings.graceful_stop_s
# A worker that hasn't turned its loop for so long is replaced.
timeout = 30
# Heartbeats in memory: on a busy disk they would block the loop.
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
# Each worker makes its own connections.
preload_app = False
# Nothing is to be controlled from outside but by signals.
control_socket_disable = True
# Requests are logged by the application where they matter.
accesslog = None
errorlog = "-"
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """A worker has its application: from now on it says that it lives."""
    metrics = worker.wsgi.extensions.get("cfdesk.metering")
    Pulse(_settings, _settings.process, metrics and metrics.registry).start()
