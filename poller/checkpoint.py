"""Where a source was: small JSON documents in Redis (REDIS_URL), one for each source.

A checkpoint says only what is safe to go on from: a replay's position counts when Kafka has acknowledged
everything before it, so that what a killed poller had in hand is sent again and nothing is missing.
"""

import time
from typing import TypeVar

import redis
from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.logs import get_logger

_KEY = "poller:checkpoint:"
_GO_KEY = "poller:go"

log = get_logger(__name__)


class Checkpoint(BaseModel):
    """What a source saves; each source has its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReplayCheckpoint(Checkpoint):
    """A replay's place.

    digest: of the file and of what decides ids and times. anchor_ms: the wall clock when this run began;
    resends get their times from it, so they are identical. loop, index: of the first row that Kafka may
    not have. finished: the last row of a replay that doesn't loop is acknowledged.
    """

    run_id: str
    digest: str
    anchor_ms: int
    loop: int = 0
    index: int = 0
    finished: bool = False


class SimulatedCheckpoint(Checkpoint):
    """A simulated market's place: last price (raw) and last trade id, by asset symbol."""

    prices: dict[str, int]
    trade_ids: dict[str, int]


class BinanceCheckpoint(Checkpoint):
    """The live feed's place, by asset symbol.

    last: up to there Kafka has every trade but those of gaps: ids that it may not have, [first, last] each.
    beginnings: [minute, trade id] where a market was never fed before: from that minute on its trades are
    wanted, and those before the id, the first one given out (0: none yet), are still looked for.
    """

    last: dict[str, int] = {}
    gaps: dict[str, list[tuple[int, int]]] = {}
    beginnings: dict[str, tuple[int, int]] = {}


class Go(Checkpoint):
    """The word that ends a replay's hold. run_id and anchor_ms: of the replay that it is meant for."""

    run_id: str
    anchor_ms: int
    at_ms: int


Kind = TypeVar("Kind", bound=Checkpoint)


class Checkpoints:
    """The store of checkpoints. Its calls are synchronous and raise redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def load(self, source: str, kind: type[Kind]) -> Kind | None:
        """The source's checkpoint; None when there is none, or none that this version can read."""
        return self._read(_KEY + source, kind)

    def save(self, source: str, checkpoint: Checkpoint) -> None:
        """Replaces the source's checkpoint."""
        self._client.set(_KEY + source, checkpoint.model_dump_json())

    def let_go(self, replay: ReplayCheckpoint) -> Go:
        """Ends the hold of this replay, now."""
        go = Go(run_id=replay.run_id, anchor_ms=replay.anchor_ms, at_ms=time.time_ns() // 1_000_000)
        # The first word counts: said again, it must not move the times of what was already sent.
        if known := self.go_ms(replay):
            return go.model_copy(update={"at_ms": known})
        self._client.set(_GO_KEY, go.model_dump_json())
        return go

    def go_ms(self, replay: ReplayCheckpoint) -> int | None:
        """When this replay's hold was ended (ms since the epoch); None while it holds."""
        go = self._read(_GO_KEY, Go)
        if go is None or (go.run_id, go.anchor_ms) != (replay.run_id, replay.anchor_ms):
            return None
        return go.at_ms

    def _read(self, key: str, kind: type[Kind]) -> Kind | None:
        text = self._client.get(key)
        if text is None:
            return None
        try:
            return kind.model_validate_json(text)
        except ValidationError as error:
            log.warning("unreadable checkpoint, starting anew", key=key, errors=error.error_count())
            return None
