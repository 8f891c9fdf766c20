"""What bench.stream works with: exchange, poller, Redis, relay, and the processes that are its clients."""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from bench.child import Child
from bench.feed_desk import Exchange, FeedDesk, feed_desk
from bench.stream_load import Who
from bench.stream_reckon import Reckoned, from_json
from bench.usage import Usage, cores_between, memory_bytes
from orders.access import limit_web_user
from runtime.ports import quiet_port
from tests.support.back_office import DeskProcess
from tests.support.waiting import eventually

CONNECT_LIMIT_S = 120.0
ANSWER_LIMIT_S = 10.0
RECKON_LIMIT_S = 300.0
SEND_REST_S = 60.0
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Sent:
    """Number of the first trade, and how late they went out."""

    first: int
    late_p50_us: int
    late_p99_us: int
    late_max_us: int


class EvenExchange(Exchange):
    """The process that is Binance here (stream_exchange)."""

    def __init__(self, folder: Path) -> None:
        super().__init__("bench.stream_exchange")
        self.sent_file = folder / "sent"

    def start_evenly(self, trades: int, per_s: int) -> None:
        """So many trades, at that rate."""
        self.tell(f"{trades} {per_s} {self.sent_file}")

    def wait_until_all_sent(self, limit_s: float) -> Sent:
        """Which they are, and how late they were."""
        return Sent(*map(int, self.answer(limit_s + SEND_REST_S).split()))


class Loads:
    """Some load processes."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children

    @property
    def pids(self) -> list[int]:
        """Their numbers."""
        return [child.pid for child in self._children]

    def tell(self, line: str, answer: str) -> None:
        """Says a line to all, and waits for that answer of all."""
        for child in self._children:
            child.tell(line)
        for child in self._children:
            assert (said := child.answer(ANSWER_LIMIT_S)) == answer, said

    def reckon(self, sent: Path, windows: Sequence[tuple[int, int]]) -> Reckoned:
        """Ends reading; what came to all together."""
        question = orjson.dumps({"sent": str(sent), "windows": windows}).decode()
        for child in self._children:
            child.tell(f"reckon {question}")
        whole = Reckoned()
        for child in self._children:
            whole.add(from_json(orjson.loads(child.answer(RECKON_LIMIT_S))))
        return whole


class StreamDesk:
    """All of it, running. Trades come when the exchange is told to."""

    def __init__(self, feed: FeedDesk, exchange: EvenExchange, *, relays: int, loads: int) -> None:
        self.exchange = exchange
        self._load_processes = loads
        self._port = quiet_port()
        self._redis_url = feed.office.settings.orders_redis_url
        self._poller = feed.start_feed()
        # The relay is the order state's user of few rights, as in production.
        limit_web_user(feed.office.order_state, feed.office.settings)
        self._relay: DeskProcess = feed.office.start_relay(self._port, stream_workers=relays)
        self._redis = int(feed.office.order_state.info("server")["process_id"])
        eventually(self._relay_answers, limit_s=ANSWER_LIMIT_S * 2, what="the relay to answer")

    @contextmanager
    def clients(self, number: int) -> Iterator[Loads]:
        """So many clients of the relay, that have subscribed to everything."""
        processes = min(number, self._load_processes)
        shares = [number // processes + (turn < number % processes) for turn in range(processes)]
        with self._loads([Who(port=self._port, clients=share) for share in shares]) as loads:
            yield loads

    @contextmanager
    def subscriber(self) -> Iterator[Loads]:
        """A bare subscriber of the prices in Redis, as the relay is one."""
        with self._loads([Who(redis_url=self._redis_url)]) as loads:
            yield loads

    def cores(
        self, before: Usage, after: Usage, clients: Loads, subscriber: Loads | None = None
    ) -> dict[str, float]:
        """Cores that each process used, `others` those that were nothing of ours."""
        roots: Mapping[str, Sequence[int]] = {
            "exchange": [self.exchange.pid],
            "poller": [self._poller.pid],
            "redis": [self._redis],
            "relay": [self._relay.pid],
            **({"subscriber": subscriber.pids} if subscriber else {}),
            **{f"clients{number}": [pid] for number, pid in enumerate(clients.pids, start=1)},
        }
        return cores_between(before, after, roots)

    def relay_bytes(self) -> int:
        """Memory of the relay, all its processes."""
        return memory_bytes(self._relay.pid)

    def check(self) -> None:
        """Fails when a process has ended."""
        for process in (self._poller, self._relay):
            assert process.running, process.output[-2000:]

    @contextmanager
    def _loads(self, who: Sequence[Who]) -> Iterator[Loads]:
        with ExitStack() as stack:
            children = [stack.enter_context(closing(Child("bench.stream_load"))) for _ in who]
            for child, one in zip(children, who, strict=True):
                child.tell(orjson.dumps(asdict(one)).decode())
            for child in children:
                assert (said := child.answer(CONNECT_LIMIT_S)) == "ready", said
            yield Loads(children)

    def _relay_answers(self) -> bool:
        self.check()
        try:
            with socket.create_connection((_HOST, self._port), timeout=ANSWER_LIMIT_S):
                return True
        except ConnectionRefusedError:
            return False


@contextmanager
def stream_desk(*, relays: int, loads: int) -> Iterator[StreamDesk]:
    """Everything started, and ended again. relays: processes of the relay; loads: of its clients."""
    with (
        TemporaryDirectory(prefix="cfdesk-stream-") as folder,
        feed_desk(partial(EvenExchange, Path(folder))) as feed,
    ):
        assert isinstance(feed.exchange, EvenExchange)
        yield StreamDesk(feed, feed.exchange, relays=relays, loads=loads)


def sleep_until(moment_s: float) -> None:
    """time.monotonic() is at least that afterwards."""
    time.sleep(max(0.0, moment_s - time.monotonic()))
