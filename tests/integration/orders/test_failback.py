"""A server that was the primary, was a replica for a while, and is the primary again."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from domain.orders import Side
from orders.client import OrderDesk
from orders.codes import Code, Refused
from orders.keys import quiet_key
from runtime.embedded.valkey import ValkeyServer
from runtime.ports import quiet_port
from runtime.settings import Settings
from tests.support.opening import load_and_open, open_all
from tests.support.order_servers import OrderServer, start
from tests.support.services import Services
from tests.support.settings import make_settings
from tests.support.trading import Market, Trader, closings, make_tick
from tests.support.waiting import eventually

ENTRY = 645_000_000
DISTANCE = 1_000_000
# By itself a primary waits five seconds for further replicas.
AT_ONCE = {"repl-diskless-sync-delay": "0"}


class Node:
    """One of two servers that replicate each other."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.client = redis.Redis.from_url(url)
        self.settings = settings
        self.desk = OrderDesk(self.client, settings)
        self.market = Market(self.desk)

    def becomes_primary(self) -> None:
        """Of nobody, at first."""
        self.client.replicaof("NO", "ONE")

    def follows(self, primary: "Node") -> None:
        """Becomes the other's replica, and has all that it has."""
        address = primary.client.connection_pool.connection_kwargs
        self.client.config_set("masterauth", address["password"])
        self.client.replicaof(address["host"], address["port"])
        self.catches_up(primary)

    def catches_up(self, primary: "Node") -> None:
        """Waits until it has all that the primary wrote."""

        def has_all() -> bool:
            mine, its = self.client.info("replication"), primary.client.info("replication")
            is_linked = mine["role"] == "slave" and mine["master_link_status"] == "up"
            return bool(is_linked and mine["slave_repl_offset"] == its["master_repl_offset"])

        eventually(has_all, what="the replica")


@pytest.fixture
def nodes(order_server: OrderServer, tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    """A primary with the library, and its replica; the spread is one unit."""
    with ExitStack() as stack:
        made = []
        for name in ("first", "second"):
            server = ValkeyServer(
                name,
                folder=tmp_path / name,
                secrets=tmp_path / "secrets",
                port=quiet_port(),
                fsync="no",
                binary=order_server.binary,
                settings=AT_ONCE,
            )
            running = start(server, tmp_path / f"{name}.log", stack).wait()
            # One that still writes the file of what it was sent would refuse to stop.
            stack.callback(running.kill)
            services = Services("", "", server.url, lambda: "")
            made.append(Node(server.url, make_settings(services, spread_bps=0)))
        first, second = made
        load_and_open(first.client, first.settings)
        second.follows(first)
        yield first, second


def swap(old: Node, new: Node) -> None:
    """A failover in good order: the replica takes over and is proven, and the primary becomes its replica."""
    new.catches_up(old)
    new.becomes_primary()
    open_all(new.client, new.settings)
    old.follows(new)


def test_what_it_knew_to_touch_nothing_hides_no_trigger_of_meanwhile(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.market.bids(ENTRY)
    trader = Trader.with_balance(first.desk)
    trader.buys(10_000, 1, trailing_distance=DISTANCE)
    first.market.bids(ENTRY - 5)
    assert first.client.exists(quiet_key(0, "BTC"))
    swap(first, second)
    second.market.bids(ENTRY + 2 * DISTANCE)

    swap(second, first)

    assert first.market.trades_at(ENTRY + DISTANCE).fired == 1
    assert len(closings(first.client, trader.user_id)) == 1


def test_it_does_not_fill_at_the_price_it_remembers(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.market.bids(ENTRY, trade_id=10)
    swap(first, second)
    second.market.bids(ENTRY + 2 * DISTANCE, trade_id=10**6)
    Trader.with_balance(second.desk).opens(Side.SHORT, 10_000, 1, stop_loss=ENTRY + 9 * DISTANCE)

    swap(second, first)

    assert first.desk.quotes() == {}
    with pytest.raises(Refused) as refused:
        Trader.with_balance(first.desk).buys(10_000, 10)
    assert refused.value.code is Code.PRICE_UNKNOWN
    old = first.desk.apply_tick(make_tick("BTC", ENTRY + 10 * DISTANCE, trade_id=10**6 - 5))
    assert (old.refusal, old.fired) == (Code.TRADE_ID_NOT_ABOVE, 0)
    assert first.market.bids(ENTRY + 2 * DISTANCE, trade_id=10**6 + 1).accepted


def test_a_proof_of_before_does_not_open_it(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.market.bids(ENTRY)
    swap(first, second)
    second.market.bids(ENTRY)
    second.market.bids(ENTRY + 1)
    assert second.client.exists(quiet_key(0, "BTC"))

    first.catches_up(second)
    first.becomes_primary()

    with pytest.raises(Refused) as refused:
        first.market.bids(ENTRY + 2)
    assert refused.value.code is Code.STATE_UNPROVEN
    with pytest.raises(Refused) as refused:
        Trader.with_balance(first.desk)
    assert refused.value.code is Code.STATE_UNPROVEN
