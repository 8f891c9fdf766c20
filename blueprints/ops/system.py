"""/ops/system: processes, servers, and how far the parts of the desk are behind."""

import time
from collections.abc import Mapping
from functools import partial

from apiflask import APIBlueprint
from pydantic import BaseModel

from blueprints.ops.access import for_operators
from blueprints.services import services
from operators.system import (
    Asked,
    read_counters,
    read_journal,
    read_processes,
    read_servers,
    read_snapshots,
    told,
)
from runtime.presence import Presence

bp = APIBlueprint("ops_system", __name__, tag="Operators")


class ProcessRow(BaseModel):
    """A process that lives; times in ms since the epoch."""

    process: str
    instance: str
    version: str
    since: int
    seen: int
    residentBytes: int
    cpuSeconds: float


class ServerRow(BaseModel):
    """A server. version: null when it doesn't answer; error says why."""

    name: str
    version: str | None
    error: str | None


class ShardLag(BaseModel):
    """Seconds from the newest event that PostgreSQL has to the newest there is."""

    shard: int
    seconds: float


class SnapshotsBehind(BaseModel):
    """Accounts that changed since their snapshot, for how long the first of them, and all snapshots' size."""

    accounts: int
    seconds: float
    keptBytes: int


class BatcherNow(BaseModel):
    """All batchers: messages that PostgreSQL isn't known to have, and batches on their way."""

    lag: int
    batchesInFlight: int


class FeedNow(BaseModel):
    """The active poller. lagUs: received to applied; unacknowledged: by Kafka; null where a feed has none."""

    ticks: int
    lagUs: int
    queued: int
    unacknowledged: int
    gaps: int | None
    reconnects: int | None


class RelayNow(BaseModel):
    """All relays: clients, those that were closed by it, and times that one did not take what was written."""

    clients: int
    closed: int
    slow: int


class System(BaseModel):
    """What could not be read is null, and `unread` says why. missing: processes of which none lives."""

    at: int
    processes: list[ProcessRow]
    missing: list[str]
    servers: list[ServerRow]
    journal: list[ShardLag] | None
    snapshots: SnapshotsBehind | None
    batcher: BatcherNow | None
    feed: FeedNow | None
    relay: RelayNow | None
    unread: dict[str, str]


@bp.get("/system")
@for_operators
@bp.output(System)
@bp.doc(security="bearer")
def system() -> System:
    """How the desk stands."""
    mine = services()
    asked = Asked(mine.engine, mine.order_state, mine.queues, mine.settings.order_shards)
    processes, no_processes = told(partial(read_processes, asked))
    journal, no_journal = told(partial(read_journal, asked))
    snapshots, no_snapshots = told(partial(read_snapshots, asked))
    counters, no_counters = told(partial(read_counters, asked))
    unread = {
        "processes": no_processes,
        "journal": no_journal,
        "snapshots": no_snapshots,
        "counters": no_counters,
    }
    present, missing = processes or ([], [])
    return System(
        at=int(time.time() * 1000),
        processes=[_process(one) for one in present],
        missing=missing,
        servers=[
            ServerRow(name=one.name, version=one.version, error=one.error) for one in read_servers(asked)
        ],
        journal=None
        if journal is None
        else [ShardLag(shard=one.shard, seconds=one.seconds) for one in journal],
        snapshots=snapshots
        and SnapshotsBehind(
            accounts=snapshots.changed, seconds=snapshots.oldest_s, keptBytes=snapshots.kept_bytes
        ),
        batcher=_batcher(counters or {}),
        feed=_feed(counters or {}),
        relay=_relay(counters or {}),
        unread={name: why for name, why in unread.items() if why is not None},
    )


def _process(one: Presence) -> ProcessRow:
    return ProcessRow(
        process=one.process,
        instance=one.instance,
        version=one.version,
        since=one.since_ms,
        seen=one.seen_ms,
        residentBytes=one.resident_bytes,
        cpuSeconds=round(one.cpu_s, 3),
    )


def _batcher(counters: Mapping[str, float]) -> BatcherNow | None:
    if "batcher_lag_messages" not in counters:
        return None
    return BatcherNow(
        lag=int(counters["batcher_lag_messages"]),
        batchesInFlight=int(counters["batcher_batches_in_flight"]),
    )


def _feed(counters: Mapping[str, float]) -> FeedNow | None:
    if "feed_ticks" not in counters:
        return None
    gaps, reconnects = counters.get("feed_gaps"), counters.get("feed_reconnects")
    return FeedNow(
        ticks=int(counters["feed_ticks"]),
        lagUs=int(counters["feed_lag_us"]),
        queued=int(counters["feed_queued"]),
        unacknowledged=int(counters["feed_kafka_unacknowledged"]),
        gaps=None if gaps is None else int(gaps),
        reconnects=None if reconnects is None else int(reconnects),
    )


def _relay(counters: Mapping[str, float]) -> RelayNow | None:
    if "relay_clients" not in counters:
        return None
    return RelayNow(
        clients=int(counters["relay_clients"]),
        closed=int(counters.get("relay_closed_total", 0)),
        slow=int(counters.get("relay_slow_total", 0)),
    )
