"""docker-compose.yml runs what the Procfile runs, watches all of it, and holds no secret."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.procfile import Command
from runtime.run import read_procfile
from runtime.settings import Settings
from tests.support.apache_kafka import classpath

ROOT = Path(__file__).resolve().parents[2]
ONE_SHOT = "release"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file, its anchors resolved."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


@pytest.mark.parametrize("command", read_procfile(Settings()).processes, ids=lambda command: command.name)
def test_every_process_of_the_procfile_is_a_service_with_the_same_command(
    compose: dict[str, Any], command: Command
) -> None:
    said = compose["services"][command.name]["command"]
    # ${NAME:-default} of the one is the setting's default in the other.
    assert [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in said] == list(command.argv)


def test_the_release_commands_are_the_procfiles(compose: dict[str, Any]) -> None:
    commands = [" ".join(command.argv) for command in read_procfile(Settings()).release]
    assert compose["services"][ONE_SHOT]["command"] == ["sh", "-c", " && ".join(commands)]


def test_every_service_has_a_health_check_and_comes_back_but_the_one_shot(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name == ONE_SHOT:
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_processes_wait_for_the_release_and_for_healthy_servers(compose: dict[str, Any]) -> None:
    for command in read_procfile(Settings()).processes:
        conditions = {
            name: wait["condition"] for name, wait in compose["services"][command.name]["depends_on"].items()
        }
        assert conditions.pop(ONE_SHOT) == "service_completed_successfully"
        assert set(conditions) == {"database", "queues", "orders", "kafka"}
        assert set(conditions.values()) == {"service_healthy"}


def test_order_state_is_on_the_disk_before_it_is_acknowledged(compose: dict[str, Any]) -> None:
    assert "--appendonly yes --appendfsync always" in compose["services"]["orders"]["command"][-1]
    for name in ("orders", "queues"):
        assert "--maxmemory-policy noeviction" in compose["services"][name]["command"][-1]


def test_what_faces_the_internet_knows_the_order_state_as_a_user_of_few_rights_only(
    compose: dict[str, Any],
) -> None:
    for command in read_procfile(Settings()).processes:
        environment = compose["services"][command.name]["environment"]
        is_limited = environment["ORDERS_REDIS_URL"] == environment["ORDERS_WEB_REDIS_URL"]
        assert is_limited == (command.name in {"web", "stream"}), command.name
        # It is in .env, which every container gets.
        assert is_limited == (environment.get("ORDERS_PASSWORD") == ""), command.name
        if is_limited:
            assert "ORDERS_PASSWORD" not in "".join(environment.values())
            assert "${REDIS_PASSWORD" not in environment["ORDERS_REDIS_URL"]


def test_kafka_is_the_one_that_the_tests_run_on(compose: dict[str, Any]) -> None:
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{classpath.version()}"


def test_what_servers_store_is_in_named_volumes(compose: dict[str, Any]) -> None:
    for name in ("database", "queues", "orders", "kafka"):
        (volume,) = compose["services"][name]["volumes"]
        assert volume.split(":")[0] in compose["volumes"]


def test_no_secret_is_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            # Nothing takes the place of what .env would say.
            if re.search("(PASSWORD|SECRET|_AUTH)$", variable) and value:
                assert re.fullmatch(r"\$\{\w+:\?.+\}", value), f"{name}: {variable}"
            for password in re.findall(r"://[^:/]*:(.*)@", str(value)):
                assert re.fullmatch(r"\$\{\w+:\?.+\}", password), f"{name}: {variable}"


def test_only_what_people_use_is_published_and_to_this_machine_only(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert published == {
        "web": ["127.0.0.1:5000:5000"],
        "stream": ["127.0.0.1:8080:8080"],
        "prometheus": ["127.0.0.1:9090:9090"],
        "grafana": ["127.0.0.1:3000:3000"],
    }


def test_who_watches_is_there_only_when_asked_for_and_has_no_known_password(compose: dict[str, Any]) -> None:
    asked_for = {name for name, service in compose["services"].items() if service.get("profiles")}
    assert asked_for == {"prometheus", "grafana"}
    # Compose refuses to start what is given a secret whose variable isn't set.
    assert compose["secrets"] == {
        "metrics_token": {"environment": "METRICS_TOKEN"},
        "grafana_password": {"environment": "GRAFANA_PASSWORD"},
    }
    assert compose["services"]["prometheus"]["secrets"] == ["metrics_token"]
    assert compose["services"]["grafana"]["secrets"] == ["grafana_password"]
    given = compose["services"]["grafana"]["environment"]
    assert given["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_password"


def test_every_image_is_of_one_version(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()} - {"cfdesk:local"}
    assert [image for image in images if not re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)*[\w.-]*", image)] == []


def test_every_file_that_is_mounted_is_there(compose: dict[str, Any]) -> None:
    sources = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", ())
        if volume.startswith("./")
    }
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_setting_named_is_one(compose: dict[str, Any]) -> None:
    environment = compose["services"]["web"]["environment"]
    named = {name.lower() for name, value in environment.items() if value}
    assert named <= set(Settings.model_fields)


def test_the_image_holds_every_room_the_processes_import() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert {room for room in rooms if f"COPY {room}/ {room}/\n" not in dockerfile} == set()
