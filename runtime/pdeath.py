"""Replaces itself by a program that dies with its parent: `pdeath.py SIGNAL PARENT [UID:GID] -- ARGV`.

Run as a script by a bare interpreter (`python -I -S`), so it starts in milliseconds and imports nothing of
ours. A program of its own rather than `preexec_fn`, which is unsafe beside threads. The change of user comes
before the parent-death signal, which the kernel would forget, and after all imports: the other user may not
be allowed to read Python's own folder.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Never returns: becomes the program, or exits 127 when it can't be started."""
    split = argv.index("--")
    death_signal, parent = int(argv[0]), int(argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    if split > 2:
        uid, gid = map(int, argv[2].split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        if libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            sys.stderr.write(f"prctl: {os.strerror(ctypes.get_errno())}\n")
    if os.getppid() != parent:
        # The parent died before the kernel knew that we care.
        sys.exit(128 + signal.SIGTERM)
    # Python ignores SIGPIPE, and ignored signals stay ignored across exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    command = argv[split + 1 :]
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming another program is the purpose
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
