"""The data directory of `make run`: one desk at a time, and a note of where it is reached."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from runtime.embedded.server import make_folder

_LOCK = "lock"
# Where the desk is reached: what `note` writes down.
ADDRESSES = "addresses.json"
_ENDING_LIMIT_S = 10.0


class InUseError(RuntimeError):
    """Another desk runs from this data directory."""


class DataFolder:
    """The data directory, locked for as long as this object (or a keeper that inherited `lock`) lives."""

    def __init__(self, path: Path) -> None:
        # Others may pass through, not look: PostgreSQL runs as another user when we are root.
        self.path = make_folder(path.resolve(), mode=0o711)
        self.secrets = self.path / "secrets"
        self.lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take()
        except InUseError:
            os.close(self.lock)
            raise

    def note(self, addresses: Mapping[str, str]) -> None:
        """Writes down where the desk is reached (no secrets), for people and tools."""
        fresh = self.path / f"{ADDRESSES}.new"
        fresh.write_text(json.dumps(addresses, indent=2) + "\n")
        fresh.replace(self.path / ADDRESSES)

    def _take(self) -> None:
        """Waits for a killed desk's keeper to finish, but not for a desk that runs. Raises InUseError."""
        deadline = time.monotonic() + _ENDING_LIMIT_S
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                owner = os.pread(self.lock, 32, 0).decode().strip()
                # Without a number it is between its lock and its note.
                if (owner and _runs(int(owner))) or time.monotonic() > deadline:
                    raise InUseError(
                        f"a desk already runs from {self.path} (process {owner or 'unknown'}):"
                        " stop it first, or give this one another DATA_DIR"
                    ) from None
                time.sleep(0.05)
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, f"{os.getpid()}\n".encode(), 0)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
