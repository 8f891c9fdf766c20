"""A small desk for the supervisor's tests: `python -m tests.support.supervised PROGRAMS.json`.

The file lists programs as {"name", "argv", and any other field of `Program`}. It runs under the real
supervisor in a process of its own, which the tests may then stop or kill.
"""

import json
import os
import signal
import sys
from pathlib import Path

from runtime.child import Program
from runtime.console import Console
from runtime.supervisor import Supervisor


def main() -> None:
    """Runs the programs until SIGTERM or SIGINT."""
    file = Path(sys.argv[1])
    console = Console(sys.stdout)
    with Supervisor(console) as supervisor:
        for entry in json.loads(file.read_text()):
            entry["argv"] = tuple(entry["argv"])
            entry["stop_signal"] = signal.Signals[entry.get("stop_signal", "SIGTERM")]
            supervisor.start(Program(env=dict(os.environ), cwd=file.parent, **entry))
        supervisor.run()
    console.line("desk", "stopped")
    console.close()


if __name__ == "__main__":
    main()
