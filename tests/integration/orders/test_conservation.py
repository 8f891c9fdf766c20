"""Money is conserved: whatever traders and the market do, every cent is somebody's."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.orders import FIRST_EVENT_ID, EventId, OrderEvent, Side
from orders.client import OrderDesk
from orders.codes import Refused
from orders.events import newest_event_id, read_events
from tests.support.trading import EVENTS_MAX, START_BALANCE, Market, Trader, request

TRADERS = 2
REFERENCE = 645_000_000

opens = st.tuples(
    st.just("open"),
    st.sampled_from(list(Side)),
    st.integers(1_000, 200_000),
    st.sampled_from([1, 2, 5, 10, 20, 50, 100]),
)
closes = st.tuples(st.just("close"), st.integers(0, 9))
partial_closes = st.tuples(st.just("partial_close"), st.integers(0, 9), st.integers(1, 99))
additions = st.tuples(st.just("add_margin"), st.integers(0, 9), st.integers(1, 50_000))
# Mostly small moves; now and then one that takes every position with it.
ticks = st.tuples(st.just("tick"), st.integers(-300, 300) | st.sampled_from([-9_000, -2_000, 2_000, 30_000]))
steps = st.tuples(st.integers(0, TRADERS - 1), opens | closes | partial_closes | additions | ticks)


@dataclass
class Play:
    """Some traders in one market, and the house."""

    desk: OrderDesk
    client: redis.Redis
    market: Market
    traders: list[Trader]
    read_to: EventId
    told: list[OrderEvent] = field(default_factory=list)
    parts: int = 0

    def step(self, trader: Trader, what: tuple[object, ...]) -> None:
        """One command or tick; a refusal is an answer too."""
        actions: dict[object, Callable[..., object]] = {
            "open": lambda side, margin, leverage: trader.opens(side, margin, leverage),
            "close": lambda number: self._close(trader, number),
            "partial_close": lambda number, percentage: self._partial_close(trader, number, percentage),
            "add_margin": lambda number, amount: self._add_margin(trader, number, amount),
            "tick": lambda basis_points: self._tick(basis_points),
        }
        with suppress(Refused):
            actions[what[0]](*what[1:])

    def house(self) -> int:
        """What the house has of the traders' deposits: fees, and what they lost less what they won."""
        # The market also ends what earlier plays left open.
        news = read_events(self.client, 0, after=self.read_to, limit=EVENTS_MAX)
        self.read_to = news[-1].event_id if news else self.read_to
        ours = {trader.user_id for trader in self.traders}
        self.told += [event for event in news if event.user_id in ours]
        return sum(_fee(event) - (event.closing.pnl if event.closing else 0) for event in self.told)

    def traders_have(self) -> int:
        """Free and bound money of all traders."""
        accounts = [self.desk.account(trader.user_id) for trader in self.traders]
        assert all(account.balance >= 0 for account in accounts)
        assert all(position.margin > 0 for account in accounts for position in account.positions)
        bound = sum(position.margin for account in accounts for position in account.positions)
        return bound + sum(account.balance for account in accounts)

    def _order(self, trader: Trader, number: int) -> str:
        positions = trader.positions
        return positions[number % len(positions)].order_id if positions else "none"

    def _close(self, trader: Trader, number: int) -> None:
        self.desk.close(trader.user_id, request(), self._order(trader, number))

    def _partial_close(self, trader: Trader, number: int, percentage: int) -> None:
        self.parts += 1
        self.desk.partial_close(
            trader.user_id,
            request(),
            self._order(trader, number),
            percentage=percentage,
            part_id=f"part-{self.parts}",
        )

    def _add_margin(self, trader: Trader, number: int, amount: int) -> None:
        self.desk.add_margin(trader.user_id, request(), self._order(trader, number), amount)

    def _tick(self, basis_points: int) -> None:
        self.market.trades_at(REFERENCE + REFERENCE * basis_points // 10_000)


def _fee(event: OrderEvent) -> int:
    return event.closing.fee if event.closing else event.fee


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(steps, min_size=5, max_size=30))
def test_money_is_conserved_whatever_happens(
    desk: OrderDesk, order_state: redis.Redis, script: list[tuple[int, tuple[object, ...]]]
) -> None:
    began = newest_event_id(order_state, 0) or FIRST_EVENT_ID
    traders = [Trader.with_balance(desk) for _ in range(TRADERS)]
    play = Play(desk, order_state, Market(desk), traders, began)
    play.market.trades_at(REFERENCE)

    for number, what in script:
        play.step(play.traders[number], what)

        assert play.traders_have() + play.house() == TRADERS * START_BALANCE

    for event in play.told:
        assert event.balance >= 0
        if event.closing and event.position:
            closing = event.closing
            assert closing.credit == event.position.margin + closing.pnl - closing.fee
            assert closing.pnl >= -event.position.margin
            assert closing.shortfall == 0 or closing.credit == closing.fee == 0
