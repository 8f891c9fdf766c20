"""The brokers that trades must pass: the embedded one, whose log is in memory, and a real Apache Kafka."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from runtime.embedded.kafka import KafkaServer
from runtime.embedded.server import CannotStartError, Server
from runtime.ports import quiet_port
from tests.support.apache_kafka import classpath
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.services import RunningServer


@dataclass(frozen=True, slots=True)
class BrokerKind:
    """A kind of broker. missing: why it can't run here, empty when it can as far as is known."""

    name: str
    # Whether what it acknowledged is there after kill -9.
    keeps_its_log: bool
    missing: str = ""

    def __str__(self) -> str:
        return self.name


EMBEDDED = BrokerKind("embedded", keeps_its_log=False)
APACHE = BrokerKind(f"apache-{classpath.version()}", keeps_its_log=True, missing=classpath.missing())
BROKERS = (EMBEDDED, APACHE)


@cache
def unavailable(kind: BrokerKind) -> str:
    """Why it can't be started here, empty when it can; the first time Maven has to bring it."""
    if kind.missing or kind is EMBEDDED:
        return kind.missing
    try:
        classpath.classpath()
    except CannotStartError as error:
        return str(error)
    return ""


@contextmanager
def broker(kind: BrokerKind) -> Iterator[RunningServer]:
    """One of its own, not started yet; stopped and deleted at the end.

    Raises CannotStartError where the kind is unavailable.
    """
    with TemporaryDirectory(prefix="cfdesk-tests-") as name:
        folder = Path(name)
        server = _server(kind, folder)
        server.prepare()
        running = RunningServer(server, folder / f"{server.name}.log")
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def kept_brokers() -> Iterator[Callable[[BrokerKind], RunningServer]]:
    """One of each kind, started when it is first asked for and kept: a real one takes seconds to start."""
    with ExitStack() as stack:

        @cache
        def kept(kind: BrokerKind) -> RunningServer:
            return stack.enter_context(broker(kind)).start().wait()

        yield kept


def _server(kind: BrokerKind, folder: Path) -> Server:
    port = quiet_port()
    if kind is EMBEDDED:
        return KafkaServer(folder=folder / "kafka", port=port)
    java = shutil.which("java")
    assert java is not None, kind.missing
    return ApacheKafkaServer(
        folder=folder / "apache-kafka",
        port=port,
        controller_port=quiet_port(taken=[port]),
        java=java,
        classpath=classpath.classpath(),
    )
