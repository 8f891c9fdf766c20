"""What a power cut leaves at the end of the append-only file keeps no embedded server from starting."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from tests.support.order_servers import start
from tests.support.services import RunningServer

KEYS = 20


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[RunningServer, redis.Redis, Path]]:
    """A server with some keys that was killed, a client, and its append-only file."""
    folder = tmp_path / "orders"
    with ExitStack() as stack:
        server = ValkeyServer(
            "orders", folder=folder, secrets=tmp_path / "secrets", port=quiet_port(), fsync="always"
        )
        running = start(server, tmp_path / "orders.log", stack).wait()
        client = redis.Redis.from_url(server.url)
        stack.callback(client.close)
        for number in range(KEYS):
            with client.pipeline(transaction=True) as both:
                both.set(f"first:{number}", "x")
                both.set(f"second:{number}", "x")
                both.execute()
        running.kill()
        [file] = (folder / "appendonlydir").glob("*.incr.aof")
        yield running, client, file


@pytest.mark.parametrize("zeros", [1, 4096, 200_000])
def test_zeros_after_the_last_command_are_cut_off(
    written: tuple[RunningServer, redis.Redis, Path], zeros: int
) -> None:
    server, client, file = written
    whole = file.read_bytes()
    file.write_bytes(whole + bytes(zeros))

    server.start().wait()

    assert client.dbsize() == 2 * KEYS
    assert file.read_bytes() == whole


def test_zeros_after_a_torn_transaction_take_only_that_with_them(
    written: tuple[RunningServer, redis.Redis, Path],
) -> None:
    server, client, file = written
    file.write_bytes(file.read_bytes()[:-40] + bytes(100))

    server.start().wait()

    assert client.dbsize() == 2 * (KEYS - 1)


def test_a_file_that_is_whole_is_left_alone(written: tuple[RunningServer, redis.Redis, Path]) -> None:
    server, client, file = written
    whole = file.read_bytes()

    server.start().wait()

    assert (client.dbsize(), file.read_bytes()) == (2 * KEYS, whole)


def test_damage_that_is_no_zeros_still_stops_the_start(
    written: tuple[RunningServer, redis.Redis, Path],
) -> None:
    server, _, file = written
    file.write_bytes(file.read_bytes() + b"no command")

    with pytest.raises(AssertionError, match="Bad file format"):
        server.start().wait()
