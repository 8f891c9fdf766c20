"""From what a load process has recorded to figures; done when nothing is measured any more. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bench.stream_frames import Ear
from bench.stream_freshness import Tally, Ticks
from bench.stream_record import ENDED, RESET, Record


@dataclass(slots=True)
class Reckoned:
    """What came to some clients.

    lag_us: how long bytes waited in sockets for the load process; feed_us: of a subscriber of Redis, from
    the trade to the poller's receipt (both from the first window on). ends: clients by how their connection
    ended: open, a close frame's code, or just the end; cut: those whose last frame isn't whole, although no
    more comes. caught_up_us: of each client that read on after a pause and is still open, until it had a
    price that went out after it, None if it never did; backlog_bytes: of all, what they read before that.
    """

    tallies: list[Tally] = field(default_factory=list)
    lag_us: Counter[int] = field(default_factory=Counter)
    feed_us: Counter[int] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    unknown: int = 0
    backwards: int = 0
    pings: int = 0
    caught_up_us: list[int | None] = field(default_factory=list)
    backlog_bytes: list[int] = field(default_factory=list)

    def add(self, other: "Reckoned") -> None:
        """What came to other clients."""
        if not self.tallies:
            self.tallies = [Tally() for _ in other.tallies]
        for ours, theirs in zip(self.tallies, other.tallies, strict=True):
            ours.add(theirs)
        for name in _COUNTED:
            getattr(self, name).update(getattr(other, name))
        for name in ("cut", "unknown", "backwards", "pings"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.caught_up_us += other.caught_up_us
        self.backlog_bytes += other.backlog_bytes


_COUNTED = ("lag_us", "feed_us", "ends", "broken")


@dataclass(slots=True)
class _Client:
    ear: Ear
    has: list[int]
    end: str = "open"
    caught_up_us: int | None = None
    backlog_bytes: int = 0


def reckon(
    record: Record,
    ears: Mapping[int, Ear],
    ticks: Ticks,
    *,
    since_ns: int,
    until_ns: int,
    resumed_ns: int | None = None,
) -> Reckoned:
    """since_ns: the first window's beginning; until_ns: when reading ended.

    ears: by socket. resumed_ns: when clients that had stopped reading went on.
    """
    reckoned = Reckoned()
    clients = {number: _Client(ear, ticks.new_client()) for number, ear in ears.items()}
    for at_ns, number, data in zip(record.at_ns, record.socket, record.data, strict=True):
        client = clients[number]
        if data in (ENDED, RESET):
            client.end = _end(data, client.ear)
            continue
        prices = client.ear.hear(data).prices
        for asset, trade_id, received_us in prices:
            ticks.note(client.has, asset, trade_id, at_ns)
            if client.ear.tells_receipt and (sent_ns := ticks.sent_ns(asset, trade_id)):
                reckoned.feed_us[received_us - sent_ns // 1_000] += 1
        if resumed_ns is not None and at_ns >= resumed_ns and client.caught_up_us is None:
            _catch_up(client, prices, ticks, resumed_ns, at_ns, len(data))
    for client in clients.values():
        ticks.end(client.has, until_ns)
        _conclude(client, reckoned)
        if resumed_ns is not None:
            if client.end == "open":
                reckoned.caught_up_us.append(client.caught_up_us)
            reckoned.backlog_bytes.append(client.backlog_bytes)
    reckoned.tallies, reckoned.unknown, reckoned.backwards = ticks.tallies, ticks.unknown, ticks.backwards
    for at_ns, lag_ns in zip(record.lag_at_ns, record.lag_ns, strict=True):
        if at_ns >= since_ns:
            reckoned.lag_us[lag_ns // 1_000] += 1
    return reckoned


def _end(data: bytes, ear: Ear) -> str:
    if ear.close_code is not None:
        return f"close {ear.close_code}"
    return "reset" if data == RESET else "end"


def _catch_up(
    client: _Client,
    prices: Iterable[tuple[int, int, int]],
    ticks: Ticks,
    resumed_ns: int,
    at_ns: int,
    length: int,
) -> None:
    if any(ticks.sent_ns(asset, trade_id) >= resumed_ns for asset, trade_id, _ in prices):
        client.caught_up_us = (at_ns - resumed_ns) // 1_000
    else:
        client.backlog_bytes += length


def _conclude(client: _Client, reckoned: Reckoned) -> None:
    reckoned.ends[client.end] += 1
    reckoned.pings += client.ear.pings
    if client.ear.broken is not None:
        reckoned.broken[client.ear.broken] += 1
    elif client.ear.is_cut and client.end != "open":
        reckoned.cut += 1


def as_json(reckoned: Reckoned) -> dict[str, Any]:
    """For another process: `from_json` reads it."""
    told = {field.name: getattr(reckoned, field.name) for field in fields(reckoned)}
    tallies = [[_pairs(tally.fresh), _pairs(tally.latency), tally.never] for tally in reckoned.tallies]
    return told | {name: _pairs(told[name]) for name in _COUNTED} | {"tallies": tallies}


def from_json(told: Mapping[str, Any]) -> Reckoned:
    """What `as_json` wrote."""
    tallies = [
        Tally(Counter(dict(fresh)), Counter(dict(latency)), never)
        for fresh, latency, never in told["tallies"]
    ]
    counted = {name: Counter(dict(told[name])) for name in _COUNTED}
    return Reckoned(**{**told, **counted, "tallies": tallies})


def _pairs(counted: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return list(counted.items())
