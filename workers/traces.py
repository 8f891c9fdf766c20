"""A worker's log lines say on behalf of which HTTP request a message is worked on."""

from typing import Any

import structlog
from dramatiq import Broker
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from runtime.tracing import OPTION


class Traces(Middleware):
    """Binds the id that came with the message for as long as its actor works."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Begins."""
        if trace := message.options.get(OPTION):
            structlog.contextvars.bind_contextvars(request=trace)

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Ends: the thread goes on to another message."""
        structlog.contextvars.unbind_contextvars("request")

    after_skip_message = after_process_message
