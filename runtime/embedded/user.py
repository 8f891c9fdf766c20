"""As whom PostgreSQL runs: it refuses to run as root."""

import os
import pwd
import shutil
import stat
from functools import cache
from pathlib import Path

from runtime.child import RunAs
from runtime.embedded.server import CannotStartError

_NOBODY = "nobody"


def postgres_user(data: Path, binaries: Path) -> RunAs | None:
    """The user to run PostgreSQL as; None when it can run as the one we are.

    For root it is the owner of the data, at first `nobody`. Where that user can't reach the data or the
    binaries (a checkout in /root), it keeps root's right to pass closed folders, and no other.
    Raises CannotStartError when neither way works here.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        user = RunAs(data.stat().st_uid, data.stat().st_gid)
    else:
        nobody = pwd.getpwnam(_NOBODY)
        user = RunAs(nobody.pw_uid, nobody.pw_gid)
    closed = closed_to_others(data.parent) or closed_to_others(binaries)
    if closed is None:
        return user
    setpriv = shutil.which("setpriv")
    if setpriv is None or not _may_keep_capability():
        raise CannotStartError(
            f"PostgreSQL doesn't run as root, and {closed} can't be entered by the user it would run as:"
            " start as an ordinary user, move the checkout (to /opt or /srv, say), open the folder with"
            f" `chmod o+x {closed}`, or set DATABASE_URL to a server of yours"
        )
    return RunAs(user.uid, user.gid, setpriv)


def closed_to_others(path: Path) -> Path | None:
    """The folder nearest to the root that an unrelated user can't pass on the way into `path`."""
    folder = path.resolve()
    for step in (*reversed(folder.parents), folder):
        if step.exists() and not step.stat().st_mode & stat.S_IXOTH:
            return step
    return None


@cache
def _may_keep_capability() -> bool:
    """Whether root has here what `setpriv` needs: a container may have taken it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    effective = next(line for line in status.read_text().splitlines() if line.startswith("CapEff:"))
    held = int(effective.split()[1], 16)
    needed = (1, 6, 7, 8)  # DAC_OVERRIDE, SETGID, SETUID, SETPCAP
    return all(held >> number & 1 for number in needed)
