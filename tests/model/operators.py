"""Random operators: they limit an asset or halt an account, traders run into it, and it is lifted again."""

from domain.orders import AssetLimits
from tests.model.steps import SYMBOLS, Halting, Limiting, Plan, Planned, Step
from tests.model.traders import LEVERAGES, Traders


class Operators(Traders, Plan):
    """Makes what operators do."""

    def _limit(self) -> Step:
        symbol = self._random.choice(SYMBOLS)
        self._next += [Limiting(symbol, self._limits()), *self._tries(symbol)]
        if self._random.random() < 0.95:
            self._next.append(Limiting(symbol, AssetLimits()))
        return self._planned()

    def _halt(self) -> Step:
        user_id = self._user()
        self._next += [Halting(user_id, halted=True), *self._tries(self._random.choice(SYMBOLS), user_id)]
        if self._random.random() < 0.95:
            self._next.append(Halting(user_id, halted=False))
        return self._planned()

    def _tries(self, symbol: str, user_id: str | None = None) -> list[Planned]:
        """Somebody wants something of the asset; when their turn comes."""

        def tries() -> Step:
            who = user_id or self._user()
            return self._opens(who, symbol) if self._random.random() < 0.7 else self._meddle(who, symbol)

        return [tries] * self._random.randint(1, 5)

    def _limits(self) -> AssetLimits:
        chooser = self._random

        def sometimes(most: int) -> int | None:
            return chooser.randint(0, most) if chooser.random() < 0.5 else None

        return AssetLimits(
            close_only=chooser.random() < 0.2,
            position_max=sometimes(2_000_000),
            exposure_max=sometimes(20_000_000),
            leverage_max=chooser.choice((None, None, *LEVERAGES)),
        )
