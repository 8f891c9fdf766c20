"""The environment of a desk that `make run` started, for an operator's commands.

`eval "$(python -m runtime.reach)"` lets the shell's next commands, such as `flask orders verify`, reach its
embedded servers. It tells passwords: those that the data directory keeps, which only its owner can read.
"""

import json
import shlex
import sys
from pathlib import Path

from runtime.embedded.kafka import KafkaServer
from runtime.embedded.postgres import PostgresServer
from runtime.embedded.valkey import ValkeyServer
from runtime.folder import ADDRESSES
from runtime.settings import get_settings


def environment(folder: Path) -> dict[str, str]:
    """What the desk that runs from this data directory was told of its own servers.

    Raises FileNotFoundError when none has run there. Left out is a server whose address the desk was given.
    """
    ports = {
        name: int(address.rpartition(":")[2])
        for name, address in json.loads((folder / ADDRESSES).read_text()).items()
        if name in {"postgres", "queues", "orders", "kafka"}
    }
    secrets = folder / "secrets"
    found = {"DATA_DIR": str(folder), "JWT_SECRET": (secrets / "jwt_secret").read_text().strip()}
    if port := ports.get("postgres"):
        found["DATABASE_URL"] = PostgresServer(folder=folder / "postgres", secrets=secrets, port=port).url
    if port := ports.get("queues"):
        found["REDIS_URL"] = _valkey("queues", folder, port).url
    if port := ports.get("orders"):
        orders = _valkey("orders", folder, port)
        found["ORDERS_REDIS_URL"], found["ORDERS_WEB_REDIS_URL"] = orders.url, orders.user_url("web")
    if port := ports.get("kafka"):
        found["KAFKA_BROKERS"] = KafkaServer(folder=folder / "kafka", port=port).url
    return found


def _valkey(name: str, folder: Path, port: int) -> ValkeyServer:
    return ValkeyServer(name, folder=folder / name, secrets=folder / "secrets", port=port, fsync="always")


def main() -> int:
    """Prints shell commands; 1 when no desk has run here."""
    folder = get_settings().data_dir.resolve()
    try:
        found = environment(folder)
    except FileNotFoundError as error:
        sys.stderr.write(f"no desk runs from {folder} ({error.filename} is missing): `make run` first\n")
        return 1
    sys.stdout.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in found.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
