"""What an open costs: against the plainest write there is, by one connection and by many."""

import random
import selectors
import statistics
import time
from contextlib import ExitStack
from itertools import islice

from bench.engine_population import (
    BALANCE,
    BASE,
    DIGEST,
    PER_ACCOUNT,
    Crowd,
    make_tick,
    new_id,
    open_call,
    realistic_orders,
)
from bench.engine_server import now_us, packed
from bench.figures import say
from domain.orders import OrderEvent
from orders.client import OpenOrder, OrderDesk, Request

SYMBOL = "BTC"
CONNECTIONS = 16

# User, request id, what is asked for.
Asked = tuple[str, str, OpenOrder]


class Orders:
    """Orders of new accounts, as many as are asked for."""

    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk
        self._chooser = random.Random(6)
        self._orders = realistic_orders(self._chooser, SYMBOL)

    def take(self, number: int) -> list[Asked]:
        """So many."""
        users = [new_id(self._chooser) for _ in range(-(-number // PER_ACCOUNT))]
        for user in users:
            self._desk.open_account(user, BALANCE)
        places = [user for user in users for _ in range(PER_ACCOUNT)][:number]
        return [
            (user, new_id(self._chooser), order)
            for user, order in zip(places, islice(self._orders, number), strict=True)
        ]


def measure_orders(crowd: Crowd, *, pairs: int, opens: int) -> dict[str, float]:
    """Round trips through the typed client, and opens a second past it."""
    say("timing opens")
    desk = OrderDesk(crowd.server.client, crowd.server.settings)
    desk.apply_tick(make_tick(SYMBOL, BASE))
    orders = Orders(desk)
    figures = _against_hset(crowd, desk, orders.take(pairs))
    for name, connections in (("one", 1), ("many", CONNECTIONS)):
        with crowd.server.timed_calls() as times:
            figures[f"opens_per_s_by_{connections}"] = _opens_per_s(crowd, orders.take(opens), connections)
        if name == "one":
            figures["open_call_us"] = times["call_us"]
    return figures


def _against_hset(crowd: Crowd, desk: OrderDesk, orders: list[Asked]) -> dict[str, float]:
    opens, writes = [], []
    for number, (user, request, order) in enumerate(orders):
        began = now_us()
        crowd.server.client.hset("bench", "field", number)
        between = now_us()
        event = desk.open(user, Request(request, DIGEST), order)
        opens.append(now_us() - between)
        writes.append(between - began)
        assert isinstance(event, OrderEvent)
    open_us, hset_us = statistics.median(opens), statistics.median(writes)
    return {"open_vs_hset": open_us / hset_us, "open_us": open_us, "hset_us": hset_us}


def _opens_per_s(crowd: Crowd, orders: list[Asked], connections: int) -> float:
    """Each connection sends its next order when it has the answer to the last."""
    requests = [packed([open_call(crowd.tag, user, request, order)]) for user, request, order in orders]
    waiting = iter(requests)
    answered = 0
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        wires = [stack.enter_context(crowd.server.wire()) for _ in range(connections)]
        began = time.perf_counter()
        for wire in wires:
            selector.register(wire.socket, selectors.EVENT_READ, wire)
            wire.socket.sendall(next(waiting))
        while answered < len(requests):
            for key, _ in selector.select():
                wire = key.data
                assert b"refused" not in wire.take()
                answered += 1
                if (request := next(waiting, None)) is not None:
                    wire.socket.sendall(request)
        return len(requests) / (time.perf_counter() - began)
