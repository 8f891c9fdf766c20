"""Counts requests and how long they take, by route: for /metrics, through this process's pulse."""

import time
from dataclasses import dataclass
from typing import cast

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

# What no route is for: a label for each path that somebody thinks of would have no end.
NO_ROUTE = "none"
_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_EXTENSION = "cfdesk.metering"


@dataclass(frozen=True, slots=True)
class Metering:
    """The metrics of one app."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram


def install_metering(app: Flask) -> None:
    """Counts every request of the app but those that become WebSockets, which end when people leave."""
    registry = CollectorRegistry(auto_describe=False)
    app.extensions[_EXTENSION] = Metering(
        registry=registry,
        requests=Counter(
            "cfdesk_http_requests",
            "Requests answered, by route and status.",
            ["method", "route", "status"],
            registry=registry,
        ),
        seconds=Histogram(
            "cfdesk_http_seconds",
            "From a request's arrival in the application to its answer.",
            ["route"],
            buckets=_BUCKETS_S,
            registry=registry,
        ),
    )
    app.before_request(_begin)
    app.after_request(_count)


def metering(app: Flask) -> Metering:
    """The app's metrics."""
    return cast(Metering, app.extensions[_EXTENSION])


def _begin() -> None:
    g.metered_at = time.perf_counter()


def _count(response: Response) -> Response:
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return response
    mine = metering(current_app)
    route = request.url_rule.rule if request.url_rule is not None else NO_ROUTE
    mine.requests.labels(_method(), route, str(response.status_code)).inc()
    mine.seconds.labels(route).observe(time.perf_counter() - g.get("metered_at", time.perf_counter()))
    return response


def _method() -> str:
    # Any word may stand there.
    return request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE"} else "OTHER"
