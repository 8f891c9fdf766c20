"""One number of clients and one rate of trades: what becomes of the trades, and what that costs."""

import time
from dataclasses import dataclass

from bench.figures import say
from bench.stream_desk import StreamDesk, sleep_until
from bench.stream_freshness import quantile_us
from bench.stream_reckon import Reckoned
from bench.usage import usage_now

# Trades after the measured ones, so that the last of those are not the last of all.
COOL_DOWN_S = 0.5
# What is still on its way then.
DRAIN_S = 1.0
QUIET_CORES_MAX = 0.1
# Of a process of clients: beyond it they may well be what is slow.
CLIENTS_CORES_MAX = 0.7
_SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}
# Said in a cell's line, but no figures of the last one.
_ASIDE = {"feed_max", "pubsub_max", "client_lag_p50", "client_lag_max", "late_max", "never"}


@dataclass(frozen=True, slots=True)
class Cell:
    """So many clients, so many trades a second of all assets together."""

    clients: int
    per_s: int

    def __str__(self) -> str:
        return f"{self.clients}x{self.per_s}"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: until it is measured, and for how long."""

    warm_s: float = 2.0
    measured_s: float = 10.0


def parse_cells(text: str) -> tuple[Cell, ...]:
    """`CLIENTSxPER_S,...`, or `-` for none; raises ValueError."""
    pairs = [word.split("x") for word in text.split(",")] if text != "-" else []
    cells = tuple(Cell(int(clients), int(per_s)) for clients, per_s in pairs)
    if any(cell.clients < 1 or cell.per_s < 1 for cell in cells):
        raise ValueError(f"no clients, or no trades: {text}")
    return cells


def measure_cell(desk: StreamDesk, cell: Cell, timing: Timing) -> dict[str, float]:
    """Milliseconds; shares; cores, by process. A line of them is said."""
    warm, measured, cool = (int(s * cell.per_s) for s in (timing.warm_s, timing.measured_s, COOL_DOWN_S))
    with desk.subscriber() as subscriber, desk.clients(cell.clients) as clients:
        began_s = time.monotonic()
        desk.exchange.start_evenly(warm + measured + cool, cell.per_s)
        sleep_until(began_s + timing.warm_s)
        before = usage_now()
        sleep_until(began_s + timing.warm_s + timing.measured_s)
        after = usage_now()
        sent = desk.exchange.wait_until_all_sent(COOL_DOWN_S)
        time.sleep(DRAIN_S)
        desk.check()
        cores = desk.cores(before, after, clients, subscriber)
        windows = [(sent.first + warm, sent.first + warm + measured)]
        of_redis = subscriber.reckon(desk.exchange.sent_file, windows)
        of_relay = clients.reckon(desk.exchange.sent_file, windows)
    # Sanity: what measures has itself heard everything.
    assert of_redis.tallies[0].latency.total() == measured, "the bare subscriber missed prices"
    figures = {
        **_spread("fresh", of_relay.tallies[0].fresh),
        **_spread("latency", of_relay.tallies[0].latency),
        "delivered": of_relay.tallies[0].latency.total() / (measured * cell.clients),
        "never": of_relay.tallies[0].never,
        **_spread("feed", of_redis.feed_us),
        **_spread("pubsub", of_redis.tallies[0].latency),
        **_spread("client_lag", of_relay.lag_us),
        "late_p99": sent.late_p99_us / 1_000,
        "late_max": sent.late_max_us / 1_000,
        "broken": faults_of(of_relay, open_clients=cell.clients),
        "others": cores.pop("others"),
        **{f"{name}_cores": used for name, used in cores.items()},
    }
    _say_cell(cell, figures)
    return {name: value for name, value in figures.items() if name not in _ASIDE}


def faults_of(reckoned: Reckoned, *, open_clients: int) -> int:
    """Clients to whom something came that must not, or who were left; which is said."""
    for why, times in (reckoned.broken + reckoned.ends).items():
        if why != "open":
            say(f"  {times} clients: {why}")
    if reckoned.unknown or reckoned.backwards:
        say(f"  prices never sent: {reckoned.unknown}, older than the one before: {reckoned.backwards}")
    faults = reckoned.broken.total() + reckoned.cut + reckoned.unknown + reckoned.backwards
    return faults + open_clients - reckoned.ends["open"]


def _spread(name: str, counted_us: dict[int, int]) -> dict[str, float]:
    return {f"{name}_{of}": quantile_us(counted_us, share) / 1_000 for of, share in _SHARES.items()}


def _say_cell(cell: Cell, figures: dict[str, float]) -> None:
    def of(name: str) -> str:
        return "/".join(f"{figures[f'{name}_{of}']:.2f}" for of in _SHARES)

    say(
        f"{cell!s:>9}: fresh {of('fresh')} ms, latency {of('latency')}, delivered {figures['delivered']:.1%};"
        f" poller has it {of('feed')}, a bare subscriber {of('pubsub')}; waited in clients' sockets"
        f" {of('client_lag')}; trades late {figures['late_p99']:.2f} (p99) {figures['late_max']:.2f} (max)"
    )
    cores = {name.removesuffix("_cores"): used for name, used in figures.items() if name.endswith("_cores")}
    busy = ", the machine was BUSY with others" if figures["others"] > QUIET_CORES_MAX else ""
    if any(used > CLIENTS_CORES_MAX for name, used in cores.items() if name.startswith("clients")):
        busy += ", the CLIENTS may be what is slow"
    used_by = ", ".join(f"{name} {used:.2f}" for name, used in cores.items())
    say(f"           cores: {used_by}; others {figures['others']:.2f}{busy}")
