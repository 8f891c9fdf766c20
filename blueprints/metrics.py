"""/metrics: the desk's figures, for Prometheus.

Only to who may see them: with METRICS_TOKEN to its bearer, else to this machine's own addresses.
"""

import ipaddress
import re
from collections.abc import Iterable
from hmac import compare_digest

from apiflask import APIBlueprint
from flask import Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from werkzeug.exceptions import Forbidden

from blueprints.services import services
from runtime.figures import read_figures
from runtime.published_metrics import read_metrics

bp = APIBlueprint("metrics", __name__, enable_openapi=False)

# Those that publish whole metrics, an instance each.
_PUBLISHERS = ("relay", "poller")
# Those that publish figures: process -> what they are called here.
_PROCESSES = {"poller": "feed"}
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]+")


class PublishedFigures(Collector):
    """The figures that processes without a port left in Redis, as gauges: cfdesk_feed_ticks and so on."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Raises redis.RedisError."""
        for process, subject in _PROCESSES.items():
            figures = read_figures(services().queues, process)
            yield GaugeMetricFamily(
                f"cfdesk_{subject}_up", f"Whether a {process} is active", value=1 if figures else 0
            )
            for name, value in figures.items():
                metric = _NOT_IN_A_NAME.sub("_", f"cfdesk_{subject}_{name}".lower())
                yield GaugeMetricFamily(metric, f"The {process}'s {name}", value=value)


class PublishedMetrics(Collector):
    """What processes without a port published of themselves, told apart by `instance`."""

    def collect(self) -> Iterable[Metric]:
        """Raises redis.RedisError."""
        for process in _PUBLISHERS:
            yield from read_metrics(services().queues, process)


_registry = CollectorRegistry(auto_describe=False)
_registry.register(PublishedFigures())
_registry.register(PublishedMetrics())


@bp.get("/metrics")
def metrics() -> Response:
    """The figures as they stand, in Prometheus' text format."""
    if not _may_see():
        raise Forbidden("metrics are for this machine, or for who has METRICS_TOKEN")
    return Response(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)


def _may_see() -> bool:
    token = services().settings.metrics_token.get_secret_value()
    if token:
        said = request.headers.get("Authorization", "")
        return compare_digest(said.encode(), f"Bearer {token}".encode())
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
