"""A random market and random traders: one seed makes one script, step by step, from what the model holds.

Nearly everything a trader or a feed does wrong is in it too: triggers on the wrong side, more than the
balance, ids that repeat, requests that are retried, with the same body or with another.
"""

from collections.abc import Callable
from itertools import accumulate

from domain.orders import Side
from orders.client import OpenOrder
from tests.model.engine import Model
from tests.model.feed import Feed
from tests.model.operators import Operators
from tests.model.steps import SYMBOLS, NewAccount, Planned, Step


class Script(Feed, Operators):
    """What happens next. Draws only from its seed and from the model, so a seed replays alone."""

    def __init__(self, seed: int, model: Model) -> None:
        super().__init__(seed, model)
        # How often each is chosen.
        actions: dict[Callable[[], Step], int] = {
            self._walk: 30,
            self._burst: 3,
            self._touch: 6,
            self._ratchet: 2,
            self._crowd: 1,
            self._staircase: 2,
            self._gap: 1 + self._random.randrange(3),
            self._odd_tick: 3,
            self._dying_tick: 3,
            self._age: 1,
            self._open: 26,
            self._preview: 3,
            self._close: 4,
            self._close_all: 1,
            self._reset: 1,
            self._modify: 10,
            self._partial_close: 8,
            self._add_margin: 5,
            self._deposit: 4,
            self._adjust: 2,
            self._limit: 1,
            self._halt: 1,
            self._open_account: 1,
            self._retry: 8,
            self._stranger: 1,
        }
        self._actions, self._weights = list(actions), list(accumulate(actions.values()))
        # Seldom, and never twice.
        self._steps, self._fortune_at = 0, self._random.randint(1, 4_000)
        self._next += [NewAccount(user_id, self._balance()) for user_id in self._users]

    def step(self) -> Step:
        """The next one."""
        if self._next:
            return self._planned()
        self._steps += 1
        if self._steps == self._fortune_at:
            return self._fortune()
        [action] = self._random.choices(self._actions, cum_weights=self._weights)
        return action()

    def _crowd(self) -> Step:
        """Many positions of one asset, and soon a gap whose caller dies before all of them are ended."""
        symbol = self._random.choice(SYMBOLS)
        for _ in range(self._random.randint(4, 12)):
            self._next.append(self._joins(symbol, self._random.choice(tuple(Side)), trailing=0.3))
        self._next.append(lambda: self._ends_in_a_gap(symbol))
        return self._planned()

    def _ends_in_a_gap(self, symbol: str) -> Step:
        percent = self._random.choice((-60, -15, 15, 60))
        self._next += self._dying(symbol, self._prices[symbol] * (100 + percent) // 100)
        return self._planned()

    def _staircase(self) -> Step:
        """Trailing stops of one side, each set at a worse price than the one before: their peaks differ.

        Then the price comes back and passes some of the peaks, or all of them in one trade, whose caller may
        die; a fall ends what trails behind.
        """
        symbol, side = self._random.choice(SYMBOLS), self._random.choice(tuple(Side))
        better, climb = 1 if side is Side.LONG else -1, 0
        for _ in range(self._random.randint(3, 8)):
            self._next += [
                self._joins(symbol, side, trailing=1, far=True) for _ in range(self._random.randint(1, 3))
            ]
            down = self._random.randint(1, 60)
            climb += down
            self._next.append(self._step_of(symbol, -better * down))
        for _ in range(self._random.randrange(3)):
            self._next.append(self._step_of(symbol, better * self._random.randint(1, climb)))
        move = better * self._random.choice((climb, climb, 2 * climb, 1_000))
        dies = self._random.random() < 0.8
        self._next.append((lambda: self._dies_after(symbol, move)) if dies else self._step_of(symbol, move))
        if self._random.random() < 0.5:
            self._next += self._run(symbol, -better * self._random.randint(20, 200))
        return self._planned()

    def _step_of(self, symbol: str, move: int) -> Planned:
        return lambda: self._moves(symbol, move)

    def _dies_after(self, symbol: str, move: int) -> Step:
        price = self._prices[symbol] * (10_000 + move) // 10_000
        return self._first(self._dying(symbol, price, calls=(1, 1, 1, 2)))

    def _joins(self, symbol: str, side: Side, *, trailing: float, far: bool = False) -> Planned:
        """Somebody opens a small position, perhaps with a trailing stop; when its turn comes."""

        def opens() -> Step:
            distance = self._distance(symbol, far=far) if self._random.random() < trailing else None
            order = OpenOrder(
                order_id=self._new_id("order"),
                asset=symbol,
                side=side,
                margin=self._random.randint(1_000, 3_000),
                leverage=self._random.choice((1, 2, 5) if far else (10, 50, 100)),
                trailing_distance=distance,
            )
            return self._ask("open", self._solvent_user(), order)

        return opens
