"""Puts every embedded server through its life in a folder: `python -m tests.support.embedded_check FOLDER`.

Starts each, uses it, kills it with -9, starts it again on the same port, and looks for what was written.
Run by the tests as different users and in folders of different modes. Ends with the line `all well`.
"""

import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from confluent_kafka.admin import AdminClient

from runtime.embedded.kafka import KafkaServer
from runtime.embedded.postgres import PostgresServer
from runtime.embedded.server import HOST, Server
from runtime.embedded.valkey import Fsync, ValkeyServer
from runtime.ports import quiet_port
from tests.support.services import RunningServer


def check_postgres(folder: Path) -> None:
    """A committed row survives kill -9 of the postmaster, while another session is in a long statement."""
    server = PostgresServer(folder=folder / "postgres", secrets=folder / "secrets", port=quiet_port())
    running = start(server, folder)
    with psycopg.connect(server.url, autocommit=True) as busy:
        busy.execute("CREATE TABLE kept (value text)")
        busy.execute("INSERT INTO kept VALUES ('Zürich')")
        shown = busy.execute("SELECT current_setting('TimeZone'), current_setting('fsync'), version()")
        assert shown.fetchone()[:2] == ("UTC", "on")  # type: ignore[index]
    busy_session = psycopg.pq.PGconn.connect(server.url.encode())
    busy_session.send_query(b"SELECT count(*) FROM generate_series(1, 3000000)")
    running.kill()
    restart(running)
    busy_session.finish()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == ("Zürich",)
    running.stop()
    # A number that meanwhile belongs to a process of ours must not keep the server from starting.
    (folder / "postgres" / "postmaster.pid").write_text("1\n/elsewhere\n")
    running.start().wait().stop()


def check_valkey(folder: Path, name: str, fsync: Fsync) -> None:
    """What was acknowledged under `always` survives kill -9; nobody enters without the password."""
    server = ValkeyServer(
        name, folder=folder / name, secrets=folder / "secrets", port=quiet_port(), fsync=fsync
    )
    running = start(server, folder)
    password = urlsplit(server.url).password
    for setting, value in (
        ("appendonly", "yes"),
        ("appendfsync", fsync),
        ("maxmemory-policy", "noeviction"),
        ("bind", "127.0.0.1"),
    ):
        assert value in say(server, f"AUTH {password}", f"CONFIG GET {setting}")[-1]
    assert say(server, f"AUTH {password}", "SET kept yes")[-1] == "+OK"
    assert say(server, "GET kept")[-1].startswith("-NOAUTH")
    running.kill()
    restart(running)
    kept = say(server, f"AUTH {password}", "GET kept")[-1]
    assert kept == "yes" or fsync != "always"
    running.stop()


def say(server: Server, *commands: str) -> list[str]:
    """The lines that a Valkey answers; plain sockets, as redis-py isn't there for every Python."""
    request = "".join(f"{command}\r\n" for command in [*commands, "QUIT"])
    with socket.create_connection((HOST, server.port), timeout=5) as connection:
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            lines = answer.read().decode().splitlines()
    # The last one is QUIT's.
    return lines[:-1]


def check_kafka(folder: Path) -> None:
    """The broker comes back on its port; its topics don't."""
    server = KafkaServer(folder=folder / "kafka", port=quiet_port())
    running = start(server, folder)
    admin = AdminClient({"bootstrap.servers": server.url})
    assert admin.list_topics(timeout=10).brokers
    running.kill()
    restart(running)
    assert admin.list_topics(timeout=10).brokers
    running.stop()


def start(server: Server, folder: Path) -> RunningServer:
    """The server, prepared for its first start and answering."""
    server.prepare()
    return RunningServer(server, folder / f"{server.name}.log").start().wait()


def restart(running: RunningServer) -> None:
    """Starts it again as the supervisor does: once more whenever it ends, for a while."""
    deadline = time.monotonic() + 10
    while True:
        try:
            running.start().wait()
            return
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            running.stop()
            time.sleep(0.2)


def main() -> None:
    """Checks all."""
    folder = Path(sys.argv[1])
    check_postgres(folder)
    check_valkey(folder, "orders", "always")
    check_valkey(folder, "queues", "everysec")
    check_kafka(folder)
    sys.stdout.write("all well\n")


if __name__ == "__main__":
    main()
