"""The load: traders who open, close in whole and in part, amend, and try again as good clients do."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from domain.instruments import ASSETS
from domain.orders import Side
from tests.faults.channels import Channel, Closed, Denied, NoAnswer, NotNow
from tests.faults.log import ClientLog, Command, Kind, Told

POSITIONS_MAX = 12
RETRY_S = 0.02
# Within it nothing has timed out.
CERTAIN_S = 0.9
# As long as a client tries the same command again.
PATIENCE_S = 150.0
# Of the attempts without an answer, so many are the last: nobody asks again what became of them.
GIVES_UP = 0.1
LEVERAGES = (1, 2, 5, 10, 20, 50, 100)
KINDS = (Kind.CLOSE, Kind.PARTIAL_CLOSE, Kind.MODIFY, Kind.ADD_MARGIN)
# Raw: $2 follows closely, and fires within seconds.
TRAILING_DISTANCES = (None, None, 20_000, 1_000_000)
STOP_DISTANCES = (-0.03, -0.01, 0.01, 0.03)


class Customer:
    """One trader, one command at a time, until the stop."""

    def __init__(
        self, channel: Channel, user_id: str, log: ClientLog, *, seed: str, pace_s: float, deposits: bool
    ) -> None:
        """pace_s: the pause between two commands; deposits: whether the channel takes them."""
        self._channel = channel
        self._user_id = user_id
        self._log = log
        self._chooser = random.Random(seed)
        self._pace_s = pace_s
        self._deposits = deposits
        self._poor = False
        # Order id -> opening price, raw.
        self._orders: dict[str, int] = {}

    def trade(self, stop: threading.Event) -> None:
        """Sends command after command until the stop."""
        while not stop.wait(self._pace_s):
            command = self._next()
            answer = self._carry_through(command, stop)
            if answer is None:
                self._look()
            else:
                self._learn(command, answer)

    def _carry_through(self, command: Command, stop: threading.Event) -> tuple[Told, ...] | None:
        """Sends until there is an answer or the client gives up; what was done, None when that isn't known.

        At the stop a command that nobody answered yet is tried on for a while: most are resolved by it.
        """
        entry = self._log.add(command)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            began = self._log.sends(entry)
            try:
                done = self._channel.send(command)
            except NoAnswer as silence:
                self._log.hears_nothing(entry, str(silence))
                if self._chooser.random() < GIVES_UP or time.monotonic() > deadline:
                    return None
            except NotNow as later:
                if time.monotonic() - began < CERTAIN_S:
                    self._log.hears_later(entry)
                else:
                    # The client library tried more than once by itself: an earlier try may come late.
                    self._log.hears_nothing(entry, f"{later}, late")
                if stop.is_set() or time.monotonic() > deadline:
                    return None
            except Closed as closed:
                self._log.hears_nothing(entry, str(closed))
                if stop.is_set() or time.monotonic() > deadline:
                    return None
            except Denied as denied:
                self._log.hears_no(entry, str(denied))
                self._poor = str(denied) == "insufficient_balance"
                return None
            else:
                self._log.hears_yes(entry, done, began=began)
                return done
            time.sleep(RETRY_S)

    def _learn(self, command: Command, answer: tuple[Told, ...]) -> None:
        if command.kind is Kind.OPEN:
            self._look()
        elif command.kind is Kind.CLOSE:
            self._orders.pop(command.args["order_id"], None)

    def _look(self) -> None:
        """Asks what is open; where nobody answers, what was known will do."""
        with suppress(NoAnswer, NotNow):
            self._orders = self._channel.open_orders(self._user_id)

    def _next(self) -> Command:
        choose = self._chooser
        if self._poor and self._deposits:
            self._poor = False
            return self._command(Kind.DEPOSIT, amount=choose.randint(1_000, 100_000))
        wants_more = len(self._orders) < POSITIONS_MAX and choose.random() < 0.4
        if not self._orders or (wants_more and not self._poor):
            self._poor = False
            return self._open()
        self._poor = False
        return self._amend(choose.choice(KINDS), choose.choice(sorted(self._orders)))

    def _open(self) -> Command:
        choose = self._chooser
        return self._command(
            Kind.OPEN,
            order_id=self._new_id(),
            asset=choose.choice(sorted(ASSETS)),
            side=choose.choice((Side.LONG.value, Side.SHORT.value)),
            margin=choose.randint(1_000, 3_000),
            leverage=choose.choice(LEVERAGES),
            trailing_distance=choose.choice(TRAILING_DISTANCES),
        )

    def _amend(self, kind: Kind, order_id: str) -> Command:
        choose = self._chooser
        match kind:
            case Kind.PARTIAL_CLOSE:
                part = {"percentage": choose.randint(1, 99), "part_id": self._new_id()}
                return self._command(kind, order_id=order_id, **part)
            case Kind.MODIFY:
                # On the wrong side as often as on the right one: refusals are answers too.
                distance = choose.choice((None, *STOP_DISTANCES))
                price = None if distance is None else int(self._orders[order_id] * (1 + distance))
                return self._command(kind, order_id=order_id, stop_loss=price)
            case Kind.ADD_MARGIN:
                return self._command(kind, order_id=order_id, amount=choose.randint(100, 1_000))
            case _:
                return self._command(kind, order_id=order_id)

    def _command(self, kind: Kind, **args: object) -> Command:
        return Command(kind, self._user_id, self._channel.prefix + self._new_id(), args)

    def _new_id(self) -> str:
        return str(UUID(int=self._chooser.getrandbits(128), version=4))


class Crowd:
    """Customers, each on a thread of its own."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def send_in(self, customer: Customer) -> None:
        """Starts one."""
        thread = threading.Thread(target=self._watch, args=(customer.trade,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def call_off(self, *, limit_s: float) -> None:
        """Lets all finish what they are at; raises what a customer broke on."""
        self._stop.set()
        deadline = time.monotonic() + limit_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self._failures:
            raise self._failures[0]
        assert not any(thread.is_alive() for thread in self._threads), "a customer does not come to an end"

    def dismiss(self) -> None:
        """Asks all to go, and waits for none."""
        self._stop.set()

    def check(self) -> None:
        """Raises what a customer broke on."""
        if self._failures:
            raise self._failures[0]

    def _watch(self, trade: Callable[[threading.Event], None]) -> None:
        try:
            trade(self._stop)
        except BaseException as error:
            self._failures.append(error)
            raise
