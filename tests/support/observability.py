"""The alert rules and the dashboard, as Prometheus reads them, and the metrics that they name."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "cfdesk.json"
# A label in an alert's words.
LABELS = re.compile(r"\{\{\s*\$labels\.(\w+)\s*\}\}")
# What Grafana puts in their places.
_GRAFANA = {"$__rate_interval": "1m", "$__interval": "1m", "$__range": "1h"}


def alerts() -> list[dict[str, Any]]:
    """Every rule."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """Every panel that shows something."""
    return [one for one in json.loads(DASHBOARD.read_text())["panels"] if one["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """Where a query stands, and the query."""
    for alert in alerts():
        yield f"alert {alert['alert']}", alert["expr"]
    for panel in panels():
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in _GRAFANA.items():
                query = query.replace(name, value)
            yield f"panel {panel['title']}", query


def selectors(query: str) -> list[tuple[str, dict[str, str]]]:
    """The metrics that a query names, each with the labels it asks for. Raises ValueError when it is none."""
    found: list[tuple[str, dict[str, str]]] = []

    def look(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            labels = {one.name: one.value for one in node.matchers.matchers}
            found.append((node.name or "", labels))

    promql_parser.walk(promql_parser.parse(query), look, lambda _: None)
    return found
