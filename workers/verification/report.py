"""What a verification finds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

TELL_EVERY_S = 3.0

Tell = Callable[[str], None]


class Difference(Exception):
    """The first place where the books contradict each other.

    event_id: the event at fault, or the newest of the account or order at fault; empty where there is none.
    """

    def __init__(self, what: str, *, event_id: str = "", user_id: str = "", shard: int | None = None) -> None:
        self.what = what
        self.event_id = event_id
        self.user_id = user_id
        self.shard = shard
        super().__init__(str(self))

    def __str__(self) -> str:
        places = [
            f"event {self.event_id}" if self.event_id else "",
            f"shard {self.shard}" if self.shard is not None else "",
            f"account {self.user_id}" if self.user_id else "",
        ]
        where = ", ".join(filter(None, places))
        return f"{where}: {self.what}" if where else self.what


@dataclass(slots=True)
class Counts:
    """What was looked at."""

    events: int = 0
    entries: int = 0
    closed: int = 0
    accounts: int = 0
    positions: int = 0
    # Events that were in the stream beyond those of PostgreSQL.
    stream_events: int = 0
    # Entries of the trigger indexes; trailing stops are entries of their own.
    triggers: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a verification.

    chains: each shard with the hash and id of the newest event that PostgreSQL had. notes: what could not be
    looked at, and why.
    """

    counts: Counts
    seconds: float
    difference: Difference | None
    chains: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether everything agrees."""
        return self.difference is None


@dataclass(slots=True)
class Progress:
    """Counts, and a line about them every few seconds."""

    tell: Tell
    counts: Counts = field(default_factory=Counts)
    notes: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def at(self, what: str) -> None:
        """Tells where the work is, unless it was told a moment ago."""
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            self.tell(f"{self.seconds:.0f} s: {what}")
