"""/metrics: the desk's figures, for Prometheus.

Only to who may see them: with METRICS_TOKEN to its bearer, else to this machine's own addresses.
"""

import ipaddress
from collections.abc import Callable, Iterable
from hmac import compare_digest

from apiflask import APIBlueprint
from flask import Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from werkzeug.exceptions import Forbidden

from blueprints.metrics import published, standing
from blueprints.services import services
from runtime.failures import SERVER_AWAY, brief
from runtime.logs import get_logger

log = get_logger(__name__)

bp = APIBlueprint("metrics", __name__, enable_openapi=False)

SOURCES: dict[str, Callable[[], Iterable[Metric]]] = {
    "figures": published.figures,
    "published": published.published,
    "processes": published.processes,
    "queues": standing.queues,
    "parked": standing.parked,
    "journal": standing.journal,
    "snapshots": standing.snapshots,
    "house": standing.house,
}


class Sources(Collector):
    """Each source by itself: one that can't be asked leaves its metrics out, and is said."""

    def collect(self) -> Iterable[Metric]:
        """All metrics there are."""
        errors = GaugeMetricFamily(
            "cfdesk_scrape_error", "Whether a source of these metrics could not be asked.", labels=["source"]
        )
        for name, read in SOURCES.items():
            try:
                yield from list(read())
            except SERVER_AWAY as error:
                log.warning("metrics left out: a server is away", source=name, error=brief(error))
                errors.add_metric([name], 1)
            else:
                errors.add_metric([name], 0)
        yield errors


_registry = CollectorRegistry(auto_describe=False)
_registry.register(Sources())


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
