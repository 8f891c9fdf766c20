"""Goes round all clients, and gives each the newest prices that it hasn't got.

A round begins as soon as there is a price. Between a few clients and the next few others get their turn, the
reader of Redis among them: who comes late in a round gets what came meanwhile. A long round is followed by a
pause in which prices gather: at a thousand clients several go out in one write, and the process has time for
everything else.
"""

import time
from collections.abc import Callable

import gevent
from gevent.event import Event

from blueprints.stream.client import Client
from blueprints.stream.prices import Prices

# Some half a millisecond of writes.
_CLIENTS_AT_ONCE = 50
# The pause after a round, of the time that the round took, and the longest.
_PAUSE_SHARE = 0.6
_PAUSE_MAX_S = 0.004
# A pause shorter than that would only cost.
_PAUSE_MIN_S = 0.0005


class Rounds:
    """The clients that are given prices, and the greenlet's work that gives them."""

    def __init__(self, prices: Prices, *, on_round: Callable[[float], None]) -> None:
        """on_round: told, after each round, the seconds since the oldest price came that it brought."""
        self._prices = prices
        self._on_round = on_round
        # In the order in which they came.
        self._clients: dict[Client, None] = {}
        self._news = Event()
        self._news_at = 0.0

    def join(self, client: Client) -> None:
        """From now on it is given what it wants."""
        self._clients[client] = None

    def leave(self, client: Client) -> None:
        """No longer."""
        self._clients.pop(client, None)

    def begin(self) -> None:
        """There is something to give."""
        if not self._news.is_set():
            self._news_at = time.monotonic()
            self._news.set()

    def run(self) -> None:
        """Goes round for ever."""
        while True:
            self._news.wait()
            self._news.clear()
            news_at, began = self._news_at, time.monotonic()
            self._go_round()
            ended = time.monotonic()
            self._on_round(ended - news_at)
            pause_s = min(_PAUSE_MAX_S, (ended - began) * _PAUSE_SHARE)
            if pause_s >= _PAUSE_MIN_S:
                gevent.sleep(pause_s)

    def _go_round(self) -> None:
        clients = tuple(self._clients)
        for begin in range(0, len(clients), _CLIENTS_AT_ONCE):
            for client in clients[begin : begin + _CLIENTS_AT_ONCE]:
                client.give_prices(self._prices)
            gevent.sleep(0)
