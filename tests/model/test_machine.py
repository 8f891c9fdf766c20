"""The same comparison driven by Hypothesis: small scripts, and a difference shrinks to the shortest one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from domain.messages import Tick
from domain.orders import Side
from orders.client import OpenOrder, Request, Trigger
from runtime.settings import Settings
from tests.model.desks import running_orders
from tests.model.simulation import STALE_MS, Simulation
from tests.model.steps import Command, NewAccount, Preview, Trade
from tests.model.wire import QuickRedis
from tests.support.order_servers import OrderServer

ENTRY = 1_000_000
TRADERS = ("one", "two")
EXAMPLES, STEPS_MAX = 150, 30
# With a spread of one unit and a fill at the entry, these lie on, beside and far beyond each other.
OFFSETS = (-1_000_000 + 2, -200_000, -100_000, -10_000, -2, -1, 0, 1, 2, 10_000, 100_000, 200_000, 900_000)

# Behind the price: nearer than a spread, on the next offset or beside it, and too far.
DISTANCES = (0, 1, 2, 3, 9_999, 10_000, 100_000, 998_000, ENTRY)
# Believes every trade, or those up to 15 % away and two that agree.
BANDS = (0, 1_500)

distances = st.sampled_from(DISTANCES)
prices = st.sampled_from(OFFSETS).map(lambda offset: ENTRY + offset)
traders = st.sampled_from(TRADERS)
numbers = st.integers(0, 5)


class Desk(RuleBasedStateMachine):
    """Two traders in one asset, two positions ended and one trailing stop moved a call."""

    def __init__(self, client: QuickRedis, settings: Settings, deviation_bps: int) -> None:
        super().__init__()
        terms = {
            "spread_bps": 0,
            "fired_per_call_max": 2,
            "trails_moved_per_call_max": 1,
            "price_stale_ms": STALE_MS,
            "price_deviation_bps": deviation_bps,
            "price_confirmations": 1,
        }
        self._both = Simulation(client, settings.model_copy(update=terms), seed=0)
        self._count = 0
        for user_id in TRADERS:
            self._both.take(NewAccount(user_id, 100_000))
        self._both.take(Trade(self._tick(ENTRY)))

    @rule(price=prices)
    def trade(self, price: int) -> None:
        """The market moves."""
        self._both.take(Trade(self._tick(price)))

    @rule(price=prices)
    def trade_whose_caller_dies(self, price: int) -> None:
        """The market moves, and the tick may stay unfinished."""
        self._both.take(Trade(self._tick(price), dies=(0, 1)))

    @rule(
        user_id=traders,
        side=st.sampled_from(list(Side)),
        margin=st.sampled_from((1_000, 1_001, 33_333)),
        leverage=st.sampled_from((1, 10, 100)),
        take_profit=st.none() | prices,
        stop_loss=st.none() | prices,
        trailing_distance=st.none() | distances,
    )
    def open(self, user_id: str, **terms: Any) -> None:
        """A position, after a look at what it would be."""
        order = OpenOrder(order_id=self._new_id(), asset="BTC", **terms)
        self._both.take(Preview(user_id, replace(order, order_id="")))
        self._ask("open", user_id, order)

    @precondition(lambda self: self._held())
    @rule(number=numbers)
    def close(self, number: int) -> None:
        """One of them."""
        self._ask("close", *self._one(number))

    @precondition(lambda self: self._held())
    @rule(number=numbers, percentage=st.sampled_from((1, 50, 99)))
    def close_a_part(self, number: int, percentage: int) -> None:
        """Of one of them."""
        part: dict[str, Any] = {"percentage": percentage, "part_id": self._new_id()}
        self._ask("partial_close", *self._one(number), **part)

    @precondition(lambda self: self._held())
    @rule(number=numbers, amount=st.sampled_from((1, 999, 50_000)))
    def add_margin(self, number: int, amount: int) -> None:
        """To one of them."""
        self._ask("add_margin", *self._one(number), amount)

    @precondition(lambda self: self._held())
    @rule(
        number=numbers,
        take_profit=prices | st.sampled_from(list(Trigger)),
        stop_loss=prices | st.sampled_from(list(Trigger)),
        trailing_distance=distances | st.sampled_from(list(Trigger)),
    )
    def modify(self, number: int, **triggers: Any) -> None:
        """One of them."""
        self._ask("modify", *self._one(number), **triggers)

    @rule(user_id=traders)
    def close_all(self, user_id: str) -> None:
        """Of one trader."""
        self._ask("close_all", user_id, asset=None)

    @rule(user_id=traders, amount=st.sampled_from((0, 100_000)))
    def reset(self, user_id: str, amount: int) -> None:
        """One trader begins anew."""
        self._ask("reset", user_id, amount)

    def teardown(self) -> None:
        """At the end everything is looked at once."""
        self._both.compare_everything()

    def _held(self) -> list[tuple[str, str]]:
        accounts = self._both.model.accounts()
        return [(account.user_id, order) for account in accounts for order in account.positions]

    def _one(self, number: int) -> tuple[str, str]:
        held = self._held()
        return held[number % len(held)]

    def _ask(self, name: str, user_id: str, *args: Any, **options: Any) -> None:
        self._both.take(Command(name, user_id, Request(self._new_id(), "0" * 64), args, options))

    def _tick(self, price: int) -> Tick:
        self._count += 1
        return Tick("BTC", self._count, price, 1, self._count, False, self._count, "test")

    def _new_id(self) -> str:
        self._count += 1
        return str(self._count)


@pytest.mark.parametrize("deviation_bps", BANDS)
def test_desk_and_model_agree_in_small_scripts(order_server: OrderServer, deviation_bps: int) -> None:
    with running_orders(order_server.binary) as (client, settings):
        run_state_machine_as_test(
            # Any callable that makes a machine will do.
            lambda: Desk(client, settings, deviation_bps),  # type: ignore[arg-type]
            settings=hypothesis_settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS_MAX, derandomize=True, deadline=None
            ),
        )
