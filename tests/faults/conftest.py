"""Resources of the harness's own tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from runtime.connections import orders_redis
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.faults.alone import LoneOrderState
from tests.faults.members import Member
from tests.faults.power import AppendOnlyFile


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[LoneOrderState]:
    """One that runs, with its file watched."""
    server = ValkeyServer(
        "orders", folder=tmp_path / "orders", secrets=tmp_path / "secrets", port=quiet_port(), fsync="always"
    )
    server.prepare()
    member = Member(server, tmp_path / "orders.log")
    settings = Settings(
        _env_file=None,
        orders_redis_url=server.url,
        price_stale_ms=86_400_000,
        redis_timeout_s=1,
    )
    with ExitStack() as stack:
        stack.callback(member.stop)
        member.start().wait()
        client = orders_redis(settings, name="tests")
        stack.callback(client.close)
        file = AppendOnlyFile(tmp_path / "orders" / "appendonlydir").watch()
        stack.callback(file.close)
        alone = LoneOrderState(member, settings, client, file)
        stack.callback(alone.crowd.dismiss)
        yield alone
