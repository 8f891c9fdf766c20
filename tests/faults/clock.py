"""A server whose clock can be set: libfaketime in front of it, where the machine has it."""

from dataclasses import replace
from pathlib import Path

from runtime.child import Program
from runtime.embedded.server import Server

# Where Debian's package `faketime`, and one made from source, put it.
PLACES = (
    *("usr/lib/*/faketime/libfaketime.so.1", "usr/lib/faketime/libfaketime.so.1"),
    "usr/local/lib/faketime/libfaketime.so.1",
)


def find_faketime() -> Path | None:
    """The library, None when it is not installed."""
    return next((found for place in PLACES for found in sorted(Path("/").glob(place))), None)


class ClockedServer:
    """A server that takes the wall clock from a file. Its monotonic clock is the machine's."""

    def __init__(self, server: Server, library: Path, file: Path) -> None:
        self.name, self.port, self.url = server.name, server.port, server.url
        self._server = server
        self._library = library
        self._file = file
        self.jump(0)

    def prepare(self) -> None:
        """As the server itself."""
        self._server.prepare()

    def program(self, *, stop_stage: int = 0) -> Program:
        """The server with the library in front."""
        program = self._server.program(stop_stage=stop_stage)
        env = {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        return replace(program, env={**program.env, **env})

    def is_ready(self) -> bool:
        """As the server itself."""
        return self._server.is_ready()

    def jump(self, seconds: int) -> None:
        """Sets the clock so far from the machine's, at once."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        # The server reads it at every look at the clock: it must never find half of it.
        fresh.replace(self._file)
