"""What a feed source is, and what it is given to start with."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from domain.messages import Tick
from poller.checkpoint import Checkpoint, Checkpoints
from runtime.settings import Settings


class Source(Protocol):
    """A feed. It is asked for its ticks once; closing the generator stops it cleanly."""

    @property
    def name(self) -> str:
        """Its kind; checkpoints are kept under it."""

    def ticks(self) -> AsyncGenerator[Tick, None]:
        """The trades in the feed's order. It ends only when the feed does."""

    def checkpoint(self, acknowledged: int) -> Checkpoint | None:
        """Where to go on after a restart, when of the ticks given so far the first `acknowledged` are safe in
        Kafka; None when this source keeps none. May be called from another thread.
        """

    def figures(self) -> Mapping[str, int]:
        """Its counters for the log, by name."""


@dataclass(frozen=True)
class SourceContext:
    """What every source may use to start."""

    settings: Settings
    checkpoints: Checkpoints
