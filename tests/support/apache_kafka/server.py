"""A real Apache Kafka of one node in KRaft mode: broker and controller in one, its log on the disk."""

import secrets
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path

from runtime.child import Program
from runtime.embedded.kafka import answers
from runtime.embedded.server import HOST, SERVER_ENV, CannotStartError, make_folder

# Small and quick to start rather than quick for long: a test run's broker sees some thousand messages.
_JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_FORMAT_LIMIT_S = 60


class ApacheKafkaServer:
    """One node."""

    def __init__(self, *, folder: Path, port: int, controller_port: int, java: str, classpath: str) -> None:
        self.name = "apache-kafka"
        self.port = port
        self._controller_port = controller_port
        self._folder = folder
        self._java = (java, *_JVM, "-cp", classpath)

    @property
    def url(self) -> str:
        """host:port, as Kafka clients want it."""
        return f"{HOST}:{self.port}"

    @property
    def log_folder(self) -> Path:
        """Where each partition has its folder."""
        return self._folder / "log"

    def prepare(self) -> None:
        """Writes the configuration, and formats the log's folder the first time."""
        make_folder(self._folder)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        if (self.log_folder / "meta.properties").exists():
            return
        # The first byte is 0 as the argument may not begin with a dash.
        cluster_id = urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
        words = ("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self._properties))
        done = subprocess.run(
            [*self._java, *words],
            env=SERVER_ENV,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=_FORMAT_LIMIT_S,
        )
        if done.returncode != 0:
            raise CannotStartError(f"Apache Kafka does not format its log:\n{done.stdout}{done.stderr}")

    def program(self, *, stop_stage: int = 0) -> Program:
        """The node in the foreground; SIGTERM makes it write and leave."""
        return Program(
            name=self.name,
            argv=(*self._java, "kafka.Kafka", str(self._properties)),
            env=SERVER_ENV,
            umask=0o077,
            cwd=self._folder,
            stop_stage=stop_stage,
            stop_limit_s=10.0,
        )

    def is_ready(self) -> bool:
        """Whether it answers as Kafka."""
        return answers(self.port)

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _settings(self) -> dict[str, str | int]:
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "listeners": f"BROKER://{self.url},CONTROLLER://{HOST}:{self._controller_port}",
            "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{HOST}:{self._controller_port}",
            "log.dirs": str(self.log_folder),
            "auto.create.topics.enable": "false",
            # There is nobody else to hold copies.
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 1,
            # A test's group has all its members or waits for them.
            "group.initial.rebalance.delay.ms": 0,
            # After kill -9 the controller waits so long before it believes that the old broker is gone.
            "broker.session.timeout.ms": 1000,
            "broker.heartbeat.interval.ms": 200,
        }
