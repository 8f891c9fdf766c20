"""Reading a Procfile: one `name: command` a line."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_LINE = re.compile(r"^([a-z][a-z0-9_-]*):\s*(\S.*)$")
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")

RELEASE = "release"


class ProcfileError(ValueError):
    """The Procfile can't be used; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the Procfile, split into words."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Procfile:
    """The commands that run once before a start (`release`), and those that run for good."""

    release: tuple[Command, ...]
    processes: tuple[Command, ...]


def parse_procfile(text: str, values: Mapping[str, str]) -> Procfile:
    """The commands of a Procfile, with every ${NAME} filled from `values`.

    There is no shell: a command is a program and its words. A `release` line may hold several commands
    joined by `&&`, each run when the one before has ended well. Raises ProcfileError.
    """
    release: list[Command] = []
    processes: dict[str, Command] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ProcfileError(f"line {number} is not `name: command`: {line!r}")
        name, command = match.groups()
        if name == RELEASE:
            release += [
                Command(f"release{len(release) + place}", _words(part, values, number))
                for place, part in enumerate(command.split("&&"), start=1)
            ]
        elif name in processes:
            raise ProcfileError(f"line {number} names {name} a second time")
        else:
            processes[name] = Command(name, _words(command, values, number))
    return Procfile(tuple(release), tuple(processes.values()))


def _words(command: str, values: Mapping[str, str], number: int) -> tuple[str, ...]:
    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise ProcfileError(f"line {number} uses ${{{name}}}, which is not a setting")
        return values[name]

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ProcfileError(f"line {number}: {error}") from error
    if not words:
        raise ProcfileError(f"line {number} has an empty command")
    # Filled after the split, so that a value with a space stays one word.
    return tuple(_VARIABLE.sub(fill, word) for word in words)
