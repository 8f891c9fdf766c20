"""One way of logging for every process: pretty for eyes, JSON lines for machines.

Third-party loggers (gunicorn, dramatiq, apscheduler, alembic) go through the same renderer.
"""

import logging
import sys
from typing import Any

import structlog
from structlog.types import Processor

from runtime.redaction import redact
from runtime.settings import Settings


def configure_logging(settings: Settings, process: str) -> None:
    """Sends structlog and the standard library's logging to stdout, each line named after `process`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if settings.pretty_logs:
        renderer: list[Processor] = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(),
                pad_event_to=0,
                # The one with every local in a frame takes seconds for a batch of trades, and tells secrets.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    else:
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            # Last, as what is hidden may stand in a traceback or come from a library.
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer, _redacted],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("apscheduler", "alembic.runtime.plugins", "websockets.client", "authlib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)


def _redacted(_logger: Any, _method: str, rendered: Any) -> str:
    return redact(str(rendered))


def logs_to_stderr() -> None:
    """For commands: what they answer on stdout must not be mixed with log lines."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
