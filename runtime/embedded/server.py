"""What all embedded servers have in common."""

import secrets
import socket
from pathlib import Path
from typing import Protocol

from runtime.child import Program

HOST = "127.0.0.1"
CONNECT_TIMEOUT_S = 0.3


class CannotStartError(RuntimeError):
    """An embedded server can't be started here; the message says why and what to do."""


class Server(Protocol):
    """A server that can be started again and again on the same port and data."""

    name: str
    port: int

    @property
    def url(self) -> str:
        """Its address, password included, as the settings want it."""

    def prepare(self) -> None:
        """Makes its folder what it must be for a start. Raises CannotStartError."""

    def program(self, *, stop_stage: int = 0) -> Program:
        """What to run."""

    def is_ready(self) -> bool:
        """Whether it answers now; itself answers within a fraction of a second."""


def make_folder(path: Path, *, mode: int = 0o700) -> Path:
    """The folder, made if needed, with exactly this mode."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    return path


def keep_secret(folder: Path, name: str) -> str:
    """The secret of that name, made once: 43 random characters in a file only its owner can read."""
    path = make_folder(folder) / name
    if path.exists() and (secret := path.read_text().strip()):
        return secret
    secret = secrets.token_urlsafe(32)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(secret + "\n")
    # Renamed when complete: a kill leaves either no secret or a whole one.
    fresh.replace(path)
    return secret


def ask(port: int, request: bytes, *, answer_bytes: int) -> bytes | None:
    """What a server on this machine answers to some bytes; None when it doesn't."""
    try:
        with socket.create_connection((HOST, port), timeout=CONNECT_TIMEOUT_S) as connection:
            connection.sendall(request)
            answer = b""
            while len(answer) < answer_bytes and (data := connection.recv(4096)):
                answer += data
            return answer
    except OSError:
        return None


# A server needs no more of the environment, and must not be configured by what happens to be there.
SERVER_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}
