"""What the clients know: every command they sent, every answer they got, and what they never heard."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from domain.orders import OrderEvent


class Kind(StrEnum):
    """What a client may ask for."""

    OPEN = "open"
    CLOSE = "close"
    PARTIAL_CLOSE = "partial_close"
    MODIFY = "modify"
    ADD_MARGIN = "add_margin"
    DEPOSIT = "deposit"


# The events that a command leaves when it is done, each once.
EVENTS: dict[Kind, tuple[str, ...]] = {
    Kind.OPEN: ("opened",),
    Kind.CLOSE: ("closed",),
    Kind.PARTIAL_CLOSE: ("closed", "reduced"),
    Kind.MODIFY: ("modified",),
    Kind.ADD_MARGIN: ("margin_added",),
    Kind.DEPOSIT: ("deposited",),
}
# Done only at a fresh price: what "the desk takes orders again" means after a restart.
PRICED = frozenset({Kind.OPEN, Kind.CLOSE, Kind.PARTIAL_CLOSE})


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked, under the request id that the events will carry. args: of the kind."""

    kind: Kind
    user_id: str
    request_id: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One event as an answer told it: whole (its id and digest), or the few facts that HTTP shows."""

    kind: str
    event_id: str = ""
    digest: bytes = b""
    facts: Mapping[str, str] = field(default_factory=dict)


def told(event: OrderEvent) -> Told:
    """All of an event."""
    return Told(event.kind.value, str(event.event_id), digest_of(event.fields))


def digest_of(fields: Mapping[str, Any]) -> bytes:
    """Of an event's fields, in whatever order they come."""
    return hashlib.sha256(orjson.dumps(dict(fields), option=orjson.OPT_SORT_KEYS)).digest()[:16]


@dataclass(slots=True)
class Entry:
    """A command's life. No answer to some attempt: it may have been done all the same."""

    command: Command
    attempts: int = 0
    unanswered: int = 0
    accepted: tuple[Told, ...] | None = None
    refused: str = ""

    @property
    def least(self) -> int:
        """How often the command must be found done."""
        return 0 if self.accepted is None else 1

    @property
    def most(self) -> int:
        """How often it may be found done at most: a refusal says that nothing was done, now or before."""
        return 1 if self.accepted is not None or (self.unanswered and not self.refused) else 0


class ClientLog:
    """All entries of a run; any number of clients write to it at once."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._in_flight: dict[int, Entry] = {}
        self._changed = threading.Condition()
        self._done_since = 0.0
        self._silences = Counter[str]()

    @property
    def silences(self) -> Counter[str]:
        """What stood in for an answer, and how often."""
        with self._changed:
            return self._silences.copy()

    @property
    def entries(self) -> list[Entry]:
        """Everything so far."""
        with self._changed:
            return list(self._entries)

    @property
    def accepted(self) -> int:
        """How many commands were acknowledged."""
        return sum(entry.accepted is not None for entry in self.entries)

    @property
    def in_flight(self) -> list[Command]:
        """Commands sent whose clients still wait for an answer."""
        with self._changed:
            return [entry.command for entry in self._in_flight.values()]

    def add(self, command: Command) -> Entry:
        """A command that is about to be sent."""
        entry = Entry(command)
        with self._changed:
            self._entries.append(entry)
        return entry

    def sends(self, entry: Entry) -> float:
        """An attempt begins; its time."""
        with self._changed:
            entry.attempts += 1
            self._in_flight[id(entry)] = entry
        return time.monotonic()

    def hears_nothing(self, entry: Entry, why: str) -> None:
        """The attempt ended without an answer, or with one that doesn't say whether it was done."""
        with self._changed:
            self._silences[why] += 1
            entry.unanswered += 1
            self._in_flight.pop(id(entry), None)

    def hears_later(self, entry: Entry) -> None:
        """The attempt was turned away for now, and nothing was done by it."""
        with self._changed:
            self._in_flight.pop(id(entry), None)

    def hears_no(self, entry: Entry, code: str) -> None:
        """The command was refused for good."""
        with self._changed:
            entry.refused = code
            self._in_flight.pop(id(entry), None)

    def hears_yes(self, entry: Entry, events: tuple[Told, ...], *, began: float) -> None:
        """The command was acknowledged, by an attempt that began then."""
        with self._changed:
            entry.accepted = events
            self._in_flight.pop(id(entry), None)
            if entry.command.kind in PRICED:
                self._done_since = max(self._done_since, began)
                self._changed.notify_all()

    def wait_for_order(self, *, after: float, limit_s: float) -> bool:
        """Waits for an accepted order whose attempt began after that moment; False when none came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._done_since > after, limit_s)
