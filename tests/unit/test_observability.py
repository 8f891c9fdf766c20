"""Alert rules, dashboard and Prometheus' configuration: whole, and in step with compose file and handbook."""

import json
import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from tests.support.observability import DASHBOARD, DEPLOY, LABELS, alerts, panels, queries, selectors

ROOT = DEPLOY.parent
HANDBOOK = (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize(("where", "query"), list(queries()))
def test_every_query_is_one(where: str, query: str) -> None:
    named = selectors(query)

    assert named, where
    assert all(name.startswith("cfdesk_") or name == "up" for name, _ in named), where


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_every_alert_says_how_grave_it_is_and_the_handbook_what_to_do(alert: dict[str, Any]) -> None:
    assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"([A-Z][a-z]+)+", alert["alert"])
    assert re.fullmatch(r"\d+[sm]", alert.get("for", "0s"))
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"]["summary"]
    told = LABELS.findall(alert["annotations"]["summary"])
    assert all(re.search(rf"\b{label}\b", alert["expr"]) for label in told)
    assert f"- **{alert['alert']}**" in HANDBOOK


def test_alerts_have_names_of_their_own_and_the_handbook_names_no_others() -> None:
    names = [alert["alert"] for alert in alerts()]

    section = HANDBOOK.split("### What each alert means")[1].split("\n## ")[0]
    assert re.findall(r"^- \*\*(\w+)\*\*", section, re.MULTILINE) == names


def test_no_panel_lies_over_another() -> None:
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for one, other in combinations((panel["gridPos"] for panel in panels()), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above
    assert all(panel["description"] for panel in panels())


def test_the_dashboard_asks_the_source_that_grafana_is_given() -> None:
    (source,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/cfdesk.yml").read_text())[
        "providers"
    ]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    asked = {panel["datasource"]["uid"] for panel in panels()}
    asked |= {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]}
    assert asked == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    mounted = [volume.split(":")[1] for volume in compose["services"]["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted
    assert json.loads(DASHBOARD.read_text())["editable"] is False


def test_prometheus_reads_the_rules_and_asks_the_web_process_with_its_token() -> None:
    configuration = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    assert [(DEPLOY / "prometheus" / name).exists() for name in configuration["rule_files"]] == [True]
    (job,) = configuration["scrape_configs"]
    ((target,),) = (static["targets"] for static in job["static_configs"])
    assert target.split(":")[0] in compose["services"]
    secret = job["authorization"]["credentials_file"].removeprefix("/run/secrets/")
    assert secret in compose["services"]["prometheus"]["secrets"]
