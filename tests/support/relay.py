"""The real relay under gunicorn, and clients of it."""

import base64
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import orjson
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from runtime.ports import quiet_port
from tests.support.back_office import ROOT, DeskProcess
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.tokens import begin_session, make_token
from tests.support.waiting import eventually

HOST = "127.0.0.1"
ANSWER_LIMIT_S = 15.0
APPS = {"stream": "app:create_stream_app()", "web": "app:create_app()"}


class Relay:
    """A running relay."""

    def __init__(self, process: DeskProcess, port: int, path: str, database_url: str) -> None:
        self._database_url = database_url
        self.process = process
        self.port = port
        self.path = path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://{HOST}:{self.port}{self.path}"

    def connect(self, *, token: str = "", **options: Any) -> "StreamClient":
        """A connected client, with its token in the address if one is given."""
        address = f"{self.url}?token={quote(token)}" if token else self.url
        return StreamClient(connect(address, legacy=True, **({"compression": None} | options)))

    def session_of(self, user_id: str) -> str:
        """A new session of the account."""
        return begin_session(self._database_url, user_id)

    def token_of(self, user_id: str, **changed: Any) -> str:
        """A token of a new session of the account."""
        return make_token(user_id, sid=self.session_of(user_id), **changed)

    def signed_in(self, user_id: str) -> "StreamClient":
        """A client that follows the account's orders."""
        client = self.connect(token=self.token_of(user_id))
        assert client.hears() == {"type": "AUTHENTICATED", "userId": user_id}
        return client

    def raw(self) -> socket.socket:
        """A socket after its handshake, for what no client library would send."""
        sock = socket.create_connection((HOST, self.port), timeout=ANSWER_LIMIT_S)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: {HOST}:{self.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += sock.recv(1)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        return sock

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in children.read_text().split()]

    def kill_workers(self) -> None:
        """kill -9 of every worker; the master makes new ones, on the same port."""
        for worker in self.workers():
            os.kill(worker, signal.SIGKILL)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            assert self.process.running, self.process.output
            return False


class StreamClient:
    """One client of the relay."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def says(self, kind: str, **fields: Any) -> None:
        """Sends a message."""
        self.connection.send(orjson.dumps({"type": kind, **fields}).decode())

    def hears(self, *, limit_s: float = ANSWER_LIMIT_S) -> dict[str, Any]:
        """The next message."""
        text = self.connection.recv(timeout=limit_s)
        assert isinstance(text, str), "not a text frame"
        message = orjson.loads(text)
        assert isinstance(message, dict)
        return message

    def hears_nothing_more(self) -> None:
        """Fails when anything but the answer to a last question comes."""
        self.says("PING")
        assert self.hears() == {"type": "PONG"}

    def subscribes(self, symbol: str) -> None:
        """Wants the asset's prices."""
        self.says("SUBSCRIBE", symbol=symbol)
        assert self.hears() == {"type": "SUBSCRIBED", "symbol": symbol}

    def closing(self, *, limit_s: float = ANSWER_LIMIT_S) -> tuple[int, list[dict[str, Any]]]:
        """The code that the server closes with, and what it said before."""
        said = []
        try:
            while True:
                said.append(self.hears(limit_s=limit_s))
        except ConnectionClosed as closed:
            return (closed.rcvd.code if closed.rcvd else 1006), said


@contextmanager
def running_relay(
    services: Services, folder: Path, *, process: str = "stream", path: str = "/", **changed: Any
) -> Iterator[Relay]:
    """A relay with settings changed, killed at the end if the test didn't stop it."""
    port = quiet_port()
    values = {"process": process, f"{process}_port": port, "log_format": "json", **changed}
    settings = make_settings(services, **values)
    dumped = settings.model_dump(include=settings.model_fields_set, mode="json")
    env = {
        name.upper(): value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in dumped.items()
    }
    # Dumped, secrets are stars.
    secrets = {name: getattr(settings, name) for name in settings.model_fields_set}
    env |= {
        name.upper(): value.get_secret_value()
        for name, value in secrets.items()
        if isinstance(value, SecretStr)
    }
    env |= {"PATH": os.environ["PATH"]}
    env |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    argv = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "runtime" / "gunicorn_conf.py"), APPS[process]]
    relay = Relay(DeskProcess(argv, env, folder / f"{process}-{port}.log"), port, path, services.database_url)
    try:
        eventually(relay.is_ready, limit_s=20, every_s=0.05, what="the relay to answer")
        yield relay
    finally:
        relay.process.kill()
