"""Random traders: sensible and absurd requests, retried as they were or with another body."""

from dataclasses import replace

from domain.instruments import ASSETS
from domain.orders import Position, Side
from domain.units import BASIS_POINTS, NOTIONAL_CENTS_MAX, PRICE_RAW_MAX, SIZE_MAX
from orders.client import OpenOrder, Request, Trigger
from tests.model.rules import Prices
from tests.model.state import AccountState
from tests.model.steps import SYMBOLS, Command, NewAccount, Plan, Planned, Preview, Step, digest_of

SMALL_CENTS = 5_000
LEVERAGES = (1, 2, 5, 10, 20, 50, 100)


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

    def _adjust(self) -> Step:
        sizes = (0, 1, 1_000, 200_000, NOTIONAL_CENTS_MAX, NOTIONAL_CENTS_MAX + 1)
        return self._ask("adjust", self._user(), self._random.choice((-1, 1)) * self._random.choice(sizes))

    def _reset(self) -> Step:
        return self._resets(self._user())

    def _resets(self, user_id: str) -> Command:
        amount = self._random.choice(
            (-1, 0, 1, 500_000, 500_000, 20_000_000, NOTIONAL_CENTS_MAX, NOTIONAL_CENTS_MAX + 1)
        )
        return self._ask("reset", user_id, amount)

    def _open(self) -> Step:
        return self._opens(self._user(), self._random.choice(SYMBOLS))

    def _opens(self, user_id: str, symbol: str) -> Command:
        return self._ask("open", user_id, self._order_of(user_id, symbol))

    def _preview(self) -> Step:
        return self._previews(self._user(), self._random.choice(SYMBOLS))

    def _previews(self, user_id: str, symbol: str) -> Preview:
        """Asks what an order would do, and often gives it then."""
        order = self._order_of(user_id, symbol)
        if self._random.random() < 0.5:
            self._next.appendleft(self._ask("open", user_id, order))
        return Preview(user_id, replace(order, order_id=""))

    def _order_of(self, user_id: str, symbol: str) -> OpenOrder:
        chooser, side = self._random, self._random.choice(tuple(Side))
        leverage = 3 if chooser.random() < 0.02 else chooser.choice(LEVERAGES)
        margin = self._margin(self._model.account(user_id), symbol)
        if chooser.random() < 0.03:
            margin, leverage = self._largest(symbol, side)
        return OpenOrder(
            order_id=self._new_id("order"),
            asset="DOGE" if chooser.random() < 0.01 else symbol,
            side=side,
            margin=margin,
            leverage=leverage,
            take_profit=self._trigger(symbol, up=side is Side.LONG) if chooser.random() < 0.5 else None,
            stop_loss=self._trigger(symbol, up=side is Side.SHORT) if chooser.random() < 0.5 else None,
            trailing_distance=self._distance(symbol) if chooser.random() < 0.4 else None,
        )

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
            trailing_distance=self._amended_distance(position),
        )

    def _amended_distance(self, position: Position) -> int | Trigger:
        """Another distance, the one that it has, or none."""
        what, trailing = self._random.random(), position.trailing_stop
        if trailing is not None and what < 0.2:
            return trailing.distance
        if what < 0.5:
            return self._distance(position.asset)
        return self._random.choice((Trigger.KEEP, Trigger.KEEP, Trigger.REMOVE))

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

    def _meddling(self, symbol: str) -> Planned:
        """Somebody wants something of an asset whose price is moving, old or doubtful by then."""
        user_id = self._user()
        return lambda: self._meddle(user_id, symbol)

    def _meddle(self, user_id: str, symbol: str) -> Step:
        held = [position for position in self._positions_of(user_id) if position.asset == symbol]
        what = self._random.randrange(12)
        if what < 2 or not held:
            return self._opens(user_id, symbol)
        position = self._random.choice(held)
        order_id = position.order_id
        if what < 4:
            return self._ask("close", user_id, order_id)
        if what < 7:
            return self._modifies(user_id, position)
        if what == 7:
            part_id = self._new_id("part")
            return self._ask("partial_close", user_id, order_id, percentage=50, part_id=part_id)
        if what == 8:
            return self._ask("add_margin", user_id, order_id, 500)
        if what == 9:
            return self._ask("close_all", user_id, asset=self._random.choice((None, symbol)))
        if what == 10:
            return self._resets(user_id)
        return self._previews(user_id, symbol)

    def _fortune(self) -> Step:
        """An account that becomes too rich: the largest positions, from the lowest price to the highest.

        Once in a script and no more than four of them: what they bring together stays below 2^53 cents.
        """
        user_id, symbol = f"{self._users[0]}-{self._count}-fortune", "BTC"
        reference = ASSETS[symbol].reference_price_raw
        margin = self._model.instruments[symbol].margin_max_cents

        def opens() -> Step:
            order = OpenOrder(self._new_id("order"), symbol, Side.LONG, margin, max(LEVERAGES))
            return self._ask("open", user_id, order)

        self._next += [
            NewAccount(user_id, NOTIONAL_CENTS_MAX),
            lambda: self._first(self._confirmed(symbol, 0)),
            *(opens for _ in range(4)),
            lambda: self._first(self._confirmed(symbol, PRICE_RAW_MAX)),
            lambda: self._ask("reset", user_id, 500_000),
            lambda: self._ask("close_all", user_id, asset=None),
            lambda: self._previews(user_id, symbol),
            opens,
            lambda: self._ask("deposit", user_id, 1),
            lambda: self._ask("reset", user_id, 500_000),
            lambda: self._first(self._confirmed(symbol, reference)),
        ]
        return self._planned()

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
        what = self._random.randrange(4)
        if what == 0:
            return self._ask("close_all", "nobody", asset=None)
        if what == 1:
            return self._resets("nobody")
        if what == 2:
            return self._previews("nobody", "BTC")
        return self._ask("deposit", "nobody", 1_000)

    def _balance(self) -> int:
        if self._random.random() < 0.02:
            return self._random.choice((-1, NOTIONAL_CENTS_MAX, NOTIONAL_CENTS_MAX + 1))
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
            most = self._model.instruments[symbol].margin_max_cents
            return self._random.choice((-1, 0, 999, 1_000, most, most, most, most + 1, 2**50))
        if wild < 0.1:
            # All there is, or a cent more.
            most = balance * BASIS_POINTS // (BASIS_POINTS + self._model.instruments[symbol].fee_bps)
            return most + self._random.choice((-1, 0, 1, 2))
        return int(1_000 * 2 ** (self._random.random() * 6))

    def _largest(self, symbol: str, side: Side) -> tuple[int, int]:
        """Margin and leverage of a position that is as large as one may be, or a little larger."""
        terms = self._model.instruments[symbol]
        notional = Prices.around(self._prices[symbol], terms).opening(side) * SIZE_MAX
        exact = [
            each for each in LEVERAGES if notional % each == 0 and notional // each <= terms.margin_max_cents
        ]
        leverage = self._random.choice(exact or LEVERAGES)
        return notional // leverage + self._random.choice((0, 0, 1)), leverage

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

    def _solvent_user(self) -> str:
        """One who can pay for a small position, if there is one."""
        found = [user for user in self._users if (a := self._model.account(user)) and a.balance > SMALL_CENTS]
        return self._random.choice(found or self._users)

    def _distance(self, symbol: str, *, far: bool = False) -> int:
        """Of a trailing stop: near, far, or one that can't be."""
        price, wild = self._prices[symbol], self._random.random()
        if far:
            return price * self._random.randint(500, 4_000) // BASIS_POINTS
        if wild < 0.06:
            prices = Prices.around(price, self._model.instruments[symbol])
            # The stop of a long at its closing price would be 0; that of a short may lie past every price.
            edges = (prices.bid - 1, prices.bid, PRICE_RAW_MAX - prices.ask, PRICE_RAW_MAX - prices.ask + 1)
            return self._random.choice((-1, 0, PRICE_RAW_MAX, PRICE_RAW_MAX + 1, 2**60, *edges))
        if wild < 0.15:
            return self._random.randint(1, 3)
        return max(1, price * self._random.randint(1, self._random.choice((10, 100, 2_000))) // BASIS_POINTS)
