"""The rule of the web's user is what the Lua library needs: no command is missing, none is too many."""

import re
from pathlib import Path

import pytest

from orders.access import CHANGED, KEPT_FROM, LIBRARY, LIBRARY_ON_KEYS, READ, rights, user_of
from orders.keys import ORDERS_CHANNEL, SUFFIXES

LUA = Path(__file__).resolve().parents[3] / "orders" / "lua"
URL = "redis://web:secret@orders:6379/0"
CALL = re.compile(r"\bredis\.p?call\b")
NAMED_CALL = re.compile(r"\bredis\.p?call\(\s*'(\w+)'\s*(?:,\s*([^,()]+?)\s*)?[,)]")


def named_calls() -> list[tuple[str, str]]:
    """Every command of the library with what stands for its first argument."""
    return [
        (command.lower(), argument)
        for file in sorted(LUA.glob("*.lua"))
        for command, argument in NAMED_CALL.findall(file.read_text())
    ]


def test_every_command_of_the_library_can_be_seen() -> None:
    calls = sum(len(CALL.findall(file.read_text())) for file in LUA.glob("*.lua"))

    assert len(named_calls()) == calls


def test_the_user_has_the_commands_of_the_library_and_no_others() -> None:
    """Also those of a tick alone: a function of the web's that came to need one would stop half-way."""
    assert {command for command, _ in named_calls()} == {*LIBRARY, *LIBRARY_ON_KEYS}
    assert len(LIBRARY) == len(set(LIBRARY))


def test_where_the_library_ends_whole_keys_is_known() -> None:
    """A new place may want its key in LIBRARY_ON_KEYS, unless only a tick comes there."""
    ending = {(command, key) for command, key in named_calls() if command in LIBRARY_ON_KEYS}

    assert ending == {
        ("set", "key"),  # of a request
        ("del", "tag .. KEY.POSITION .. position.order_id"),
        ("del", "market.quiet_key"),
        # A tick's alone.
        ("set", "market.quiet_key"),
        ("del", "market.unfinished_key"),
        # A poller's alone.
        ("set", "tag .. KEY.FENCE"),
    }


def test_every_kind_of_key_is_changed_read_or_kept_from_the_user() -> None:
    assert sorted([*CHANGED, *READ, *KEPT_FROM]) == sorted(set(SUFFIXES.values()) - {ORDERS_CHANNEL})
    assert {name for names in LIBRARY_ON_KEYS.values() for name in names} <= {*CHANGED, *KEPT_FROM}


def test_the_password_itself_is_not_in_the_rule() -> None:
    assert user_of(URL) == ("web", "secret")
    assert not [word for word in rights(URL) if "secret" in word]


def test_of_a_clusters_nodes_the_first_says_who_connects() -> None:
    assert user_of("redis://web:s%2Fcret@one:1, redis://other:x@two:2") == ("web", "s/cret")


@pytest.mark.parametrize(("path", "granted"), [("", False), ("/", False), ("/0", False), ("/3", True)])
def test_another_database_may_be_selected_where_the_url_has_one(path: str, granted: bool) -> None:
    assert ("+select" in rights(f"redis://web:secret@orders:6379{path}")) is granted
