"""The usual port when it is free, else the next one."""

import random
import socket

import pytest

from runtime import ports
from runtime.ports import NoFreePortError, choose_port, is_free, quiet_port, share_quiet_ports


def test_the_usual_port_is_taken_when_free() -> None:
    assert choose_port(5432, free=lambda _host, _port: True) == 5432


def test_the_next_free_port_is_taken_otherwise() -> None:
    assert choose_port(5432, taken={5433}, free=lambda _host, port: port != 5432) == 5434


def test_it_gives_up_after_the_neighbours() -> None:
    with pytest.raises(NoFreePortError, match="5432"):
        choose_port(5432, free=lambda _host, _port: False)


def test_it_never_passes_the_last_port() -> None:
    asked: list[int] = []

    def never(_host: str, port: int) -> bool:
        asked.append(port)
        return False

    with pytest.raises(NoFreePortError):
        choose_port(65_530, free=never)
    assert max(asked) == 65_535


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert choose_port(port) > port
    assert is_free("127.0.0.1", port)


def test_test_runs_side_by_side_choose_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    everything = ports._quiet_ports
    for part in range(3):
        monkeypatch.setattr(ports, "_quiet_ports", everything)
        share_quiet_ports(part, 3)
        chosen.append({quiet_port(free=lambda _host, _port: True) for _ in range(500)})
    assert all(len(each) > 100 for each in chosen)
    assert not chosen[0] & chosen[1] | chosen[1] & chosen[2] | chosen[0] & chosen[2]


def test_ports_are_chosen_anew_though_the_shared_generator_was_seeded() -> None:
    chosen = set()
    for _ in range(50):
        random.seed(0)
        chosen.add(quiet_port(free=lambda _host, _port: True))
    assert len(chosen) > 10


def test_a_quiet_port_is_free_and_below_the_ephemeral_ones() -> None:
    port = quiet_port()
    assert port < 32_000
    assert is_free("127.0.0.1", port)
