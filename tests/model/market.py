"""A random market and random traders: one seed makes one script, step by step, from what the model holds.

Nearly everything a trader or a feed does wrong is in it too: triggers on the wrong side, more than the
balance, ids that repeat, requests that are retried, with the same body or with another.
"""

from collections.abc import Callable

from domain.orders import Side
from orders.client import OpenOrder
from tests.model.engine import Model
from tests.model.feed import Feed
from tests.model.steps import SYMBOLS, Meddling, NewAccount, Step
from tests.model.traders import Traders


class Script(Feed, Traders):
    """What happens next. Draws only from its seed and from the model, so a seed replays alone."""

    def __init__(self, seed: int, model: Model) -> None:
        super().__init__(seed, model)
        # How often each is chosen.
        self._actions: dict[Callable[[], Step], int] = {
            self._walk: 30,
            self._burst: 3,
            self._touch: 6,
            self._crowd: 1,
            self._gap: 1 + self._random.randrange(3),
            self._odd_tick: 3,
            self._dying_tick: 3,
            self._age: 1,
            self._open: 26,
            self._close: 4,
            self._close_all: 1,
            self._modify: 10,
            self._partial_close: 8,
            self._add_margin: 5,
            self._deposit: 4,
            self._open_account: 1,
            self._retry: 8,
            self._stranger: 1,
        }
        self._next += [NewAccount(user_id, self._balance()) for user_id in self._users]

    def step(self) -> Step:
        """The next one."""
        if self._next:
            return self._planned()
        [action] = self._random.choices(list(self._actions), list(self._actions.values()))
        return action()

    def _planned(self) -> Step:
        planned = self._next.popleft()
        return self._meddle(planned) if isinstance(planned, Meddling) else planned

    def _crowd(self) -> Step:
        """Many positions of one asset, and soon a gap whose caller dies before all of them are ended."""
        symbol = self._random.choice(SYMBOLS)
        for _ in range(self._random.randint(4, 12)):
            order = OpenOrder(
                order_id=self._new_id("order"),
                asset=symbol,
                side=self._random.choice(tuple(Side)),
                margin=self._random.randint(1_000, 3_000),
                leverage=self._random.choice((10, 50, 100)),
            )
            self._next.append(self._ask("open", self._user(), order))
        percent = self._random.choice((-60, -15, 15, 60))
        self._next += self._dying(self._tick(symbol, self._prices[symbol] * (100 + percent) // 100))
        return self._planned()
