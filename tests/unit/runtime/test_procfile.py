"""The Procfile is names and commands: no shell, and every variable known."""

import pytest

from runtime.procfile import ProcfileError, parse_procfile
from runtime.run import read_procfile
from runtime.settings import Settings


def test_commands_are_split_into_words_and_filled_from_the_values() -> None:
    procfile = parse_procfile('# a comment\n\nweb: serve "app:make()" --threads ${N}\n', {"N": "3"})
    assert [(command.name, command.argv) for command in procfile.processes] == [
        ("web", ("serve", "app:make()", "--threads", "3"))
    ]


def test_a_value_with_a_space_stays_one_word() -> None:
    procfile = parse_procfile("web: serve ${WHERE}\n", {"WHERE": "a b"})
    assert procfile.processes[0].argv == ("serve", "a b")


def test_release_commands_are_kept_apart_from_processes() -> None:
    procfile = parse_procfile("release: one 1 && two\nrelease: three\nweb: serve\n", {})
    assert [command.argv for command in procfile.release] == [("one", "1"), ("two",), ("three",)]
    assert len({command.name for command in procfile.release}) == 3
    assert [command.name for command in procfile.processes] == ["web"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("web serve", "line 1 is not"),
        ("Web: serve", "line 1 is not"),
        ("web: serve\nweb: again", "a second time"),
        ("web: serve ${MISSING}", "MISSING"),
        ('web: serve "open', "line 1"),
        ("release: one &&", "empty command"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ProcfileError, match=reason):
        parse_procfile(text, {})


def test_the_desks_own_procfile_is_good_and_names_every_process() -> None:
    procfile = read_procfile(Settings())
    assert {command.name for command in procfile.processes} == {
        "web",
        "stream",
        "poller",
        "batcher",
        "journal",
        "worker",
        "scheduler",
    }
    assert [command.argv[0] for command in procfile.release] == ["alembic", "python", "python"]
