"""Random traders: sensible and absurd requests, retried as they were or with another body."""

from dataclasses import replace

from domain.orders import Position, Side
from domain.units import BASIS_POINTS, NOTIONAL_CENTS_MAX, PRICE_RAW_MAX
from orders.client import OpenOrder, Request, Trigger
from tests.model.rules import Prices
from tests.model.state import AccountState
from tests.model.steps import SYMBOLS, Command, Meddling, NewAccount, Plan, Step, digest_of


class Traders(Plan):
    """Makes the commands."""

    def _open_account(self) -> Step:
        if self._random.random() < 0.5:
            return NewAccount(self._random.choice(self._users), self._balance())
        if len(self._users) < 14:
            self._users.append(f"{self._users[0]}-{self._count}")
        return NewAccount(self._users[-1], self._balance())

    def _deposit(self) -> Step:
        amount = self._random.choice(
            (-1, 0, 1, 1_000, 50_000, 200_000, 2_000_000, 2_000_000, NOTIONAL_CENTS_MAX + 1, 2**60)
        )
        return self._ask("deposit", self._user(), amount)

    def _open(self) -> Step:
        return self._opens(self._user(), self._random.choice(SYMBOLS))

    def _opens(self, user_id: str, symbol: str) -> Command:
        chooser, side = self._random, self._random.choice(tuple(Side))
        account = self._model.account(user_id)
        order = OpenOrder(
            order_id=self._new_id("order"),
            asset="DOGE" if chooser.random() < 0.01 else symbol,
            side=side,
            margin=self._margin(account, symbol),
            leverage=3 if chooser.random() < 0.02 else chooser.choice((1, 2, 5, 10, 20, 50, 100)),
            take_profit=self._trigger(symbol, up=side is Side.LONG) if chooser.random() < 0.5 else None,
            stop_loss=self._trigger(symbol, up=side is Side.SHORT) if chooser.random() < 0.5 else None,
        )
        return self._ask("open", user_id, order)

    def _close(self) -> Step:
        return self._ask("close", *self._order())

    def _close_all(self) -> Step:
        asset = self._random.choice((None, *SYMBOLS, "DOGE"))
        return self._ask("close_all", self._user(), asset=asset)

    def _modify(self) -> Step:
        found = self._any_position()
        if found is None:
            return self._ask("modify", self._user(), "none", stop_loss=Trigger.REMOVE)
        return self._modifies(*found)

    def _modifies(self, user_id: str, position: Position) -> Command:
        is_long = position.side is Side.LONG

        def asked(*, up: bool) -> int | Trigger:
            if self._random.random() < 0.45:
                return self._trigger(position.asset, up=up)
            return self._random.choice((Trigger.KEEP, Trigger.KEEP, Trigger.REMOVE))

        return self._ask(
            "modify",
            user_id,
            position.order_id,
            take_profit=asked(up=is_long),
            stop_loss=asked(up=not is_long),
        )

    def _partial_close(self) -> Step:
        user_id, order_id = self._order()
        wild = self._random.random()
        steps = []
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            percentage = self._random.choice((1, 25, 33, 50, 90, 99))
            if wild < 0.05:
                percentage = self._random.choice((-1, 0, 100, 250))
            part = {"percentage": percentage, "part_id": self._new_id("part")}
            steps.append(self._ask("partial_close", user_id, order_id, **part))
        self._next += steps
        return self._planned()

    def _add_margin(self) -> Step:
        user_id, order_id = self._order()
        amounts = (-5, 0, 1, 99, 500, 5_000, self._random.randint(1, 100_000), 10**8, 10**12)
        return self._ask("add_margin", user_id, order_id, self._random.choice(amounts))

    def _meddle(self, meddling: Meddling) -> Command:
        user_id, symbol = meddling.user_id, meddling.symbol
        account = self._model.account(user_id)
        held = [p for p in account.positions.values() if p.asset == symbol] if account else []
        if not held:
            return self._opens(user_id, symbol)
        position = self._random.choice(held)
        order_id = position.order_id
        what = self._random.randrange(6)
        if what == 0:
            return self._ask("close", user_id, order_id)
        if what == 1:
            return self._modifies(user_id, position)
        if what == 2:
            part_id = self._new_id("part")
            return self._ask("partial_close", user_id, order_id, percentage=50, part_id=part_id)
        if what == 3:
            return self._ask("add_margin", user_id, order_id, 500)
        if what == 4:
            return self._ask("close_all", user_id, asset=None)
        return self._opens(user_id, symbol)

    def _retry(self) -> Step:
        """An earlier request again: as it was, or with another body under the same id."""
        if not self._sent:
            return self._deposit()
        earlier = replace(self._random.choice(self._sent), lost=False)
        if self._random.random() < 0.7:
            return earlier
        other = Request(earlier.request.request_id, digest_of("another", self._count))
        return replace(earlier, request=other)

    def _stranger(self) -> Step:
        """Somebody without an account."""
        if self._random.random() < 0.5:
            return self._ask("close_all", "nobody", asset=None)
        return self._ask("deposit", "nobody", 1_000)

    def _balance(self) -> int:
        return self._random.choice((0, 1, 999, 1_005, 5_000, 100_000, 500_000, 2_000_000, 20_000_000))

    def _order(self) -> tuple[str, str]:
        """Somebody's order: one that is there, or another's, or one that never was."""
        found, wild = self._any_position(), self._random.random()
        if found is None or wild < 0.02:
            return self._user(), "none"
        user_id, position = found
        return (self._user() if wild < 0.05 else user_id), position.order_id

    def _margin(self, account: AccountState | None, symbol: str) -> int:
        wild, balance = self._random.random(), account.balance if account else 0
        if wild < 0.05:
            return self._random.choice((-1, 0, 999, 1_000, 100_000_000, 100_000_001, 2**50))
        if wild < 0.1:
            # All there is, or a cent more.
            most = balance * BASIS_POINTS // (BASIS_POINTS + self._model.instruments[symbol].fee_bps)
            return most + self._random.choice((-1, 0, 1, 2))
        return int(1_000 * 2 ** (self._random.random() * 6))

    def _trigger(self, symbol: str, *, up: bool) -> int:
        """Above or below the trade: near, far, on it, or on the wrong side."""
        price, wild = self._prices[symbol], self._random.random()
        if wild < 0.02:
            return self._random.choice((-1, 0, 1, PRICE_RAW_MAX, PRICE_RAW_MAX + 1))
        if wild < 0.1:
            prices = Prices.around(price, self._model.instruments[symbol])
            return self._random.choice((prices.bid, prices.ask)) + self._random.randint(-1, 1)
        if wild < 0.15:
            up = not up
        distance = self._random.randint(1, self._random.choice((20, 100, 1_000, 9_000)))
        return price * (BASIS_POINTS + (distance if up else -distance)) // BASIS_POINTS
