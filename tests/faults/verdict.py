"""What the clients were told, held against what is there. Pure: entries and events in, findings out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.faults.log import EVENTS, Entry, Told, digest_of

SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it is kept; fields: text."""

    event_id: str
    fields: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What it tells."""
        return self.fields["kind"]


@dataclass
class Verdict:
    """What is wrong. lost: acknowledged and not there, or not as it was told; doubled: there more than once;

    unasked: there although the client was told that nothing was done; torn: done in part.
    """

    acked: int = 0
    refused: int = 0
    unanswered: int = 0
    found_unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """Each finding, the first few of each kind."""
        named = {"lost": self.lost, "doubled": self.doubled, "unasked": self.unasked, "torn": self.torn}
        return [f"{name}: {what}" for name, found in named.items() for what in found[:SHOWN_MAX]]


def compare(entries: Iterable[Entry], events: Iterable[Recorded]) -> Verdict:
    """Holds every command against the events that carry its request id."""
    verdict = Verdict()
    by_request: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    opened, closed = Counter[str](), Counter[str]()
    for event in events:
        if "request_id" in event.fields:
            by_request[event.fields["user_id"], event.fields["request_id"]].append(event)
        if event.kind == "opened":
            opened[event.fields["order_id"]] += 1
        elif event.kind == "closed":
            closed[event.fields["order_id"]] += 1
    for what, orders in (("opened", opened), ("closed", closed)):
        verdict.doubled += [f"order {order} is {what} {n} times" for order, n in orders.items() if n > 1]
    for entry in entries:
        command = entry.command
        _judge(verdict, entry, by_request.pop((command.user_id, command.request_id), []))
    verdict.unasked += [f"nobody sent request {request}" for _, request in by_request]
    return verdict


def _judge(verdict: Verdict, entry: Entry, found: list[Recorded]) -> None:
    verdict.acked += entry.accepted is not None
    verdict.refused += bool(entry.refused)
    verdict.unanswered += entry.accepted is None and not entry.refused
    command, kinds = entry.command, Counter(event.kind for event in found)
    name = f"{command.kind} {command.request_id}"
    times = {kinds[kind] for kind in EVENTS[command.kind]}
    if max(times) > 1:
        verdict.doubled.append(f"{name} is done {max(times)} times")
    elif set(kinds) - set(EVENTS[command.kind]):
        verdict.unasked.append(f"{name} left {sorted(kinds)}")
    elif len(times) > 1:
        verdict.torn.append(f"{name} left {sorted(kinds)} only")
    elif times == {1} and entry.most == 0:
        verdict.unasked.append(f"{name} was refused ({entry.refused or 'for now'}), and is done")
    elif times == {0} and entry.least == 1:
        verdict.lost.append(f"{name} was acknowledged, and is not there")
    elif entry.accepted is not None:
        events = {event.kind: event for event in found}
        verdict.lost += [
            f"{name} is not what was told"
            for told in entry.accepted
            if not _is_as_told(told, events[told.kind])
        ]
    elif times == {1}:
        verdict.found_unanswered += 1


def _is_as_told(told: Told, event: Recorded) -> bool:
    if told.event_id and told.event_id != event.event_id:
        return False
    if told.digest and told.digest != digest_of(event.fields):
        return False
    return all(event.fields.get(name) == value for name, value in told.facts.items())
