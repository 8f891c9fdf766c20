"""The order state's container keeps its users: docker-compose.yml's own command on the wheel's server."""

from pathlib import Path

import pytest
import redis
import yaml
from redis.backoff import NoBackoff
from redis.retry import Retry

from orders.access import limit_web_user
from runtime.child import Program
from runtime.connections import orders_redis
from runtime.embedded.server import HOST, SERVER_ENV
from runtime.embedded.valkey import valkey_binary
from runtime.ports import quiet_port
from tests.support.services import RunningServer, Services
from tests.support.settings import make_settings

ROOT = Path(__file__).resolve().parents[3]
# A refused password is a broken connection to redis-py: by itself it would be tried for three seconds.
NEVER = Retry(NoBackoff(), 0)


class ComposedOrders:
    """The service `orders` without its container: the command is the file's, but for where things are."""

    name = "orders"

    def __init__(self, folder: Path, password: str) -> None:
        self.port = quiet_port()
        self._folder = folder
        self._password = password

    @property
    def url(self) -> str:
        """As the full user."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    @property
    def web_url(self) -> str:
        """As the web's user."""
        return f"redis://web:web_password@{HOST}:{self.port}/0"

    def prepare(self) -> None:
        """The command does it all."""

    def program(self, *, stop_stage: int = 0) -> Program:
        """The shell that becomes the server."""
        service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["orders"]
        *shell, script = service["command"]
        for there, here in (
            ("$$", "$"),
            ("/data/", f"{self._folder}/"),
            ("valkey-server", f"{valkey_binary()} --bind {HOST} --port {self.port} --dir {self._folder}"),
        ):
            assert there in script
            script = script.replace(there, here)
        env = {**SERVER_ENV, "REDIS_PASSWORD": self._password}
        return Program(
            name=self.name, argv=(*shell, script), env=env, cwd=self._folder, stop_stage=stop_stage
        )

    def is_ready(self) -> bool:
        """Whether it answers to the full user."""
        with redis.Redis.from_url(self.url, retry=NEVER) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


def test_the_users_outlive_the_container_and_the_full_one_has_the_password_of_now(
    services: Services, tmp_path: Path
) -> None:
    for password in ("first", "second", "second"):
        orders = ComposedOrders(tmp_path, password)
        running = RunningServer(orders, tmp_path / "log").start()
        settings = make_settings(services, orders_redis_url=orders.url, orders_web_redis_url=orders.web_url)
        try:
            running.wait()
            with (
                orders_redis(settings, name="release") as full,
                redis.Redis.from_url(orders.web_url, retry=NEVER) as web,
            ):
                if password == "first":
                    with pytest.raises(redis.AuthenticationError):
                        web.ping()
                    limit_web_user(full, settings)
                assert sorted(full.acl_users()) == ["default", "web"]
                assert web.ping()
                with pytest.raises(redis.exceptions.NoPermissionError):
                    web.flushall()
            with (
                redis.Redis(port=orders.port, retry=NEVER) as nobody,
                pytest.raises(redis.AuthenticationError),
            ):
                nobody.ping()
        finally:
            running.stop()
        assert (tmp_path / "users.acl").stat().st_mode & 0o077 == 0
