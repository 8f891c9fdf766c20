"""The embedded servers: whoever starts them, wherever the checkout lies, and after kill -9."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.embedded.server import CannotStartError, keep_secret
from runtime.embedded.user import closed_to_others, postgres_user

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder whose parents everybody may pass, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="cfdesk-embedded-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def check(folder: Path) -> str:
    """The output of the whole check, run in a process of its own."""
    return run_check([sys.executable], folder)


def run_check(python: list[str], folder: Path, user: int | None = None, **env: str) -> str:
    done = subprocess.run(
        [*python, "-m", "tests.support.embedded_check", str(folder)],
        cwd=ROOT,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env={"PATH": os.defpath, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def pythons() -> Iterator[tuple[list[str], dict[str, str]]]:
    """Interpreters that have our libraries: this one, and the system's with this one's packages."""
    yield [sys.executable], {}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if system := shutil.which(version, path="/usr/bin:/usr/local/bin"):
        yield [system], {"PYTHONPATH": str(Path(psycopg.__file__).parent.parent)}


def test_servers_live_and_survive_in_an_open_folder(open_folder: Path) -> None:
    assert check(open_folder).endswith("all well\n")


def test_servers_live_and_survive_below_a_closed_folder(open_folder: Path) -> None:
    closed = open_folder / "home" / "desk"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)
    assert check(closed).endswith("all well\n")


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_servers_live_and_survive_for_an_ordinary_user(open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    folder = open_folder / "ordinary"
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for python, env in pythons():
        try:
            output = run_check(python, folder, nobody.pw_uid, **env)
        except PermissionError:
            # This interpreter lies in a folder that is closed to others.
            continue
        assert output.endswith("all well\n")
        return
    pytest.skip("no Python here may be run by another user")


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user runs PostgreSQL as itself")
def test_root_runs_postgres_as_nobody_and_later_as_whom_the_data_belongs_to(open_folder: Path) -> None:
    data = open_folder / "postgres"
    nobody = pwd.getpwnam("nobody")
    fresh = postgres_user(data, ROOT)
    assert fresh is not None
    assert fresh.uid == nobody.pw_uid
    data.mkdir()
    os.chown(data, 12_345, 12_346)
    owner = postgres_user(data, ROOT)
    assert owner is not None
    assert (owner.uid, owner.gid) == (12_345, 12_346)


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user needs no way around closed folders")
def test_where_neither_way_works_the_message_says_what_to_do(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (open_folder / "closed").mkdir(mode=0o700)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotStartError, match=r"ordinary user.*chmod o\+x .*closed.*DATABASE_URL"):
        postgres_user(open_folder / "closed" / "postgres", ROOT)


def test_the_closed_folder_nearest_to_the_root_is_named(open_folder: Path) -> None:
    inner = open_folder / "a" / "b"
    inner.mkdir(parents=True)
    assert closed_to_others(inner) is None
    inner.chmod(0o700)
    inner.parent.chmod(0o750)
    assert closed_to_others(inner) == inner.parent


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    secret = keep_secret(tmp_path / "secrets", "jwt_secret")
    assert len(secret) >= 43
    assert keep_secret(tmp_path / "secrets", "jwt_secret") == secret
    file = tmp_path / "secrets" / "jwt_secret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
