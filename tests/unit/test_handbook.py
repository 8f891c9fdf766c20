"""The operators' handbook names settings, commands, files and benchmarks that exist."""

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from bench.figures import Limits
from runtime.broker import Queue
from runtime.run import read_procfile
from runtime.settings import Settings
from workers.commands import GROUPS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/operations.md", "docs/installing.md")
# In the compose file's .env, and of programs that aren't ours.
OTHERS = {
    *("POSTGRES_PASSWORD", "REDIS_PASSWORD", "ORDERS_PASSWORD", "ORDERS_WEB_PASSWORD", "GRAFANA_PASSWORD"),
    *("TEST_DATABASE_URL", "HTTPS_PROXY"),
}


INSTALLING = (ROOT / "docs/installing.md").read_text()
# `figure | limit | benchmark`, as in the table of what every release must reach.
LIMITS = re.findall(r"\| `(\w+)` \| at (most|least) ([\d.]+) \| `(bench\.\w+)` \|", INSTALLING)


def code_of(page: str) -> str:
    """What the page says in code."""
    text = (ROOT / page).read_text()
    blocks = re.findall(r"```.*?\n(.*?)```", text, re.DOTALL) + re.findall(r"^    (.+)$", text, re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_it_names_is_one(page: str) -> None:
    named = set(re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", code_of(page)))

    assert named - {name.upper() for name in Settings.model_fields} - OTHERS == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_flask_command_it_names_is_one(page: str) -> None:
    for words in re.findall(r"\bflask ((?:[a-z-]+ ?)+)", code_of(page)):
        assert is_command(words.split()), words


@pytest.mark.parametrize("page", PAGES)
def test_every_module_and_file_it_names_is_there(page: str) -> None:
    code = code_of(page)
    modules = re.findall(r"python -m ((?:[a-z_]+\.)+[a-z_]+)", code)
    modules += re.findall(r"\b(bench\.[a-z_]+)\b", code)
    files = re.findall(r"\b((?:deploy|runtime|workers|docs|orders|bench)/[\w./-]+\.\w+)", code)

    assert [one for one in modules if not (ROOT / (one.replace(".", "/") + ".py")).exists()] == []
    assert [one for one in files if not (ROOT / one).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_docs_leads_somewhere(page: str) -> None:
    def anchors(path: Path) -> set[str]:
        titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
        return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text()):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_it_has_limits_of_each_benchmark_that_judges_how_much_a_desk_can_do() -> None:
    modules = {module for *_, module in LIMITS}

    assert modules == {f"bench.{name}" for name in ("feed", "ingest", "stream", "engine", "candles", "page")}


@pytest.mark.parametrize(("figure", "which", "limit", "module"), LIMITS)
def test_each_limit_is_its_benchmarks(figure: str, which: str, limit: str, module: str) -> None:
    limits = import_module(module).LIMITS

    assert isinstance(limits, Limits)
    assert getattr(limits, which)[figure] == float(limit)


def test_the_release_commands_are_the_procfiles() -> None:
    commands = (" ".join(command.argv) for command in read_procfile(Settings()).release)

    assert " && ".join(commands) in INSTALLING


def test_worker_fleets_take_each_queue_once() -> None:
    fleets = " ".join(re.findall(r"--queues ([a-z ]+)", INSTALLING)).split()

    assert sorted(fleets) == sorted(Queue)


def test_the_proxys_example_passes_on_what_the_desk_reads() -> None:
    text = (ROOT / "deploy/nginx/cfdesk.conf").read_text()
    websockets = [part for part in re.split(r"\blocation ", text) if "$http_upgrade;" in part]

    assert len(websockets) == 2
    for part in websockets:
        passed_on = set(re.findall(r"proxy_set_header (\S+) ", part))
        assert passed_on >= {"Upgrade", "Connection", "Host", "X-Forwarded-For", "X-Forwarded-Proto"}
        assert "X-Request-ID" in passed_on
        assert "proxy_buffering off;" in part
        (quiet_s,) = re.findall(r"proxy_read_timeout (\d+)s;", part)
        assert int(quiet_s) > 2 * Settings.model_fields["stream_ping_s"].default
    assert re.search(r"location = /metrics \{\s*return 404;", text)
    # Its log has no query: a token may stand there.
    assert "$request_uri" not in text.split("server {")[0]
    assert "$args" not in text


def is_command(words: list[str]) -> bool:
    """Whether `flask WORDS` runs one; what follows a command are its arguments."""
    known: dict[str, click.Command] = {group.name or "": group for group in GROUPS}
    command = known.get(words[0])
    if isinstance(command, click.Group) and len(words) > 1:
        return words[1] in command.commands
    return command is not None
