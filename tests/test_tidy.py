"""House rules that no other tool checks. An exception is listed with its reason."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 400
IMPORT_CHECK_LIMIT_S = 60
ROOMS = (
    *(
        "domain",
        "runtime",
        "models",
        "orders",
        "accounts",
        "market",
        "operators",
        "blueprints",
        "workers",
        "poller",
    ),
    *("migrations", "tests", "bench"),
)
# Of every file in the repository, these are ours to keep tidy; what tools write is not.
SKIPPED = {
    *(".git", ".venv", "node_modules", "dist", "__pycache__", ".hypothesis", ".mypy_cache", ".ruff_cache"),
    *(".pytest_cache", ".import_linter_cache", ".data", "test-results", "playwright-report"),
}
GENERATED = {"requirements.lock", "requirements-server.lock", "package-lock.json", "schema.ts"}
TEXT = {
    ".py",
    ".lua",
    ".md",
    ".toml",
    ".ini",
    ".yml",
    ".yaml",
    ".ts",
    ".tsx",
    ".mjs",
    ".css",
    ".html",
    ".sh",
    ".json",
    "",
}

# Path: why it may be longer.
LONG_FILES: dict[str, str] = {}
# Path: why it may read the environment.
ENVIRONMENT_READERS = {
    "runtime/run.py": "what it inherits goes on to its children",
}
# Path: why it prints.
PRINTERS = {
    "docs/examples/stream.py": "a program that people start to see what it says",
}
# Path: why it sleeps, a test between two looks.
WATCHERS = {
    "tests/faults/customers.py": "a client's pause before it tries again",
    "tests/integration/workers/test_batcher.py": "watches for a while that nothing more is enqueued",
    "tests/integration/workers/test_schedule.py": "watches for a while that the queues stay short",
}


def files(*, suffixes: set[str]) -> Iterator[Path]:
    """Our files with these suffixes."""
    folders = [ROOT]
    while folders:
        for entry in sorted(folders.pop().iterdir()):
            if entry.name in SKIPPED or entry.is_symlink():
                continue
            if entry.is_dir():
                folders.append(entry)
            elif entry.suffix in suffixes and entry.name not in GENERATED:
                yield entry


def name_of(file: Path) -> str:
    """The file's path in the repository."""
    return file.relative_to(ROOT).as_posix()


def found(pattern: str, *, suffixes: set[str], but: tuple[str, ...] = ()) -> list[str]:
    """Where the pattern stands: path:line, this file and those that begin with `but` aside."""
    expression = re.compile(pattern)
    return [
        f"{name_of(file)}:{number}: {line.strip()}"
        for file in files(suffixes=suffixes)
        if file != Path(__file__) and not name_of(file).startswith(but)
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1)
        if expression.search(line)
    ]


def test_the_rooms_import_only_what_they_may() -> None:
    check = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports_command as lint; lint()",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=IMPORT_CHECK_LIMIT_S,
    )

    assert check.returncode == 0, check.stdout + check.stderr
    assert "0 broken" in check.stdout


def test_no_file_is_too_long() -> None:
    lengths = {
        name_of(file): len(file.read_text().splitlines())
        for file in files(suffixes={".py", ".lua", ".ts", ".tsx", ".mjs", ".css"})
    }

    assert {name for name, length in lengths.items() if length > LINES_MAX} == LONG_FILES.keys()


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Every node of every Python file of ours but the benchmarks, with the file's name."""
    return [
        (name_of(file), node)
        for file in files(suffixes={".py"})
        if not name_of(file).startswith("bench/")
        for node in ast.walk(ast.parse(file.read_text()))
    ]


def test_nothing_prints() -> None:
    printing = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and name not in PRINTERS
    ]

    assert printing == []


def test_nothing_is_caught_without_saying_what() -> None:
    bare = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.ExceptHandler) and not node.type
    ]

    assert bare == []


def test_no_time_is_without_a_zone() -> None:
    naive = r"utcnow\(|utcfromtimestamp\(|datetime\.now\(\)|datetime\.today\(|fromtimestamp\([^,()]*\)$"

    assert found(naive, suffixes={".py"}) == []


def test_nothing_is_left_for_later() -> None:
    assert found(r"\b(TODO|FIXME|XXX|HACK)\b", suffixes=TEXT - {".json"}, but=("frontend/public/",)) == []


def test_only_the_settings_read_the_environment() -> None:
    readers = found(
        r"os\.environ|os\.getenv|\bgetenv\(|from os import.*environ",
        suffixes={".py"},
        but=("tests/", "bench/", *ENVIRONMENT_READERS),
    )

    assert readers == []


def test_tests_wait_for_what_they_want_instead_of_sleeping() -> None:
    sleeps = found(r"\bsleep\(", suffixes={".py"}, but=("tests/support/", *WATCHERS))

    assert [sleep for sleep in sleeps if sleep.startswith("tests/")] == []


def test_every_package_says_what_it_is() -> None:
    packages = {file.parent for file in files(suffixes={".py"}) if file.parent != ROOT}
    silent = []
    for package in packages:
        if name_of(package).startswith(("tests", "migrations/versions", "bench")):
            continue
        init = package / "__init__.py"
        if init.exists() and not init.read_text().lstrip().startswith('"""'):
            silent.append(name_of(package))

    assert silent == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(file)
        for file in files(suffixes={".py"})
        if (text := file.read_text().lstrip()) and not text.startswith(('"""', 'r"""'))
    ]

    assert silent == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_there(room: str) -> None:
    assert (ROOT / room).is_dir()


def test_no_file_names_a_registry_or_a_developers_folder() -> None:
    registries = r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror|registry\.yarnpkg"
    folders = r"(?<![\w.])/(home/\w+/|Users/\w+/|root/(?!\.)|work/(main|shared))"

    assert found(f"{registries}|{folders}", suffixes=TEXT | {".lock"}) == []
    for lock in sorted(GENERATED & {path.name for path in ROOT.iterdir()}):
        assert not re.search(registries, (ROOT / lock).read_text()), lock
