"""The oracle: the order engine as section 3 of the design tells it, slow, plain and without an index.

Its commands are called like those of orders.client.OrderDesk and tell, for each event, what must be true of
it. Time has no place here: a price is stale when the script says that it aged. What the rules leave open,
it takes as an argument: in which order one tick's positions end.
"""

from collections.abc import Callable
from dataclasses import replace

from domain.orders import CloseReason, EventKind, OrderPreview, Position, Side, TrailingStop
from domain.units import NOTIONAL_CENTS_MAX, SIZE_MAX
from orders.client import OpenOrder, Request, Trigger
from orders.codes import Code, Refused
from tests.model.rules import (
    fee_of,
    liquidation_price,
    pnl_at,
    stops_before,
    takes_beyond,
    trailing_from,
    trails_behind,
)
from tests.model.state import AccountState, Outcome, tell
from tests.model.ticks import Ticks

BALANCE_CENTS_MAX = 2**52
# They say "not now" rather than "no": a retry tries again.
PASSING = {
    Code.ACCOUNT_UNKNOWN,
    Code.PRICE_MOVING,
    Code.PRICE_STALE,
    Code.PRICE_UNCONFIRMED,
    Code.PRICE_UNKNOWN,
}


class Model(Ticks):
    """The engine's commands."""

    def open_account(self, user_id: str, start_balance: int) -> Outcome:
        """Makes the account; no event when it is there."""
        if not 0 <= start_balance <= NOTIONAL_CENTS_MAX:
            return Outcome(refusal=Code.AMOUNT_OUT_OF_RANGE)
        accounts = self.shard(user_id).accounts
        if user_id in accounts:
            return Outcome()
        account = accounts[user_id] = AccountState(user_id)
        return Outcome((self.paid_in(account, EventKind.ACCOUNT_OPENED, start_balance),))

    def deposit(self, user_id: str, request: Request, amount: int) -> Outcome:
        """Adds cents to the balance."""

        def run(account: AccountState) -> Outcome:
            if not 1 <= amount <= NOTIONAL_CENTS_MAX or account.balance + amount > BALANCE_CENTS_MAX:
                raise Refused(Code.AMOUNT_OUT_OF_RANGE, {})
            return Outcome((self.paid_in(account, EventKind.DEPOSITED, amount),))

        return self._once(user_id, request, run)

    def adjust(self, user_id: str, request: Request, amount: int) -> Outcome:
        """Adds or takes cents."""

        def run(account: AccountState) -> Outcome:
            most = min(NOTIONAL_CENTS_MAX, BALANCE_CENTS_MAX - account.balance)
            if amount == 0 or not -NOTIONAL_CENTS_MAX <= amount <= most:
                raise Refused(Code.AMOUNT_OUT_OF_RANGE, {})
            if account.balance + amount < 0:
                raise Refused(Code.INSUFFICIENT_BALANCE, {})
            return Outcome((self.paid_in(account, EventKind.ADJUSTED, amount),))

        return self._once(user_id, request, run)

    def reset(self, user_id: str, request: Request, start_balance: int) -> Outcome:
        """Closes everything and sets the balance, or does nothing."""

        def run(account: AccountState) -> Outcome:
            if not 0 <= start_balance <= NOTIONAL_CENTS_MAX:
                raise Refused(Code.AMOUNT_OUT_OF_RANGE, {})
            priced = [(each, self.prices(account, each.asset)) for each in account.positions.values()]
            credits = sum(self.settlement(position, prices).credit for position, prices in priced)
            if account.balance + credits > BALANCE_CENTS_MAX:
                raise Refused(Code.BALANCE_TOO_LARGE, {})
            told = [self.end(account, each, prices, CloseReason.MANUAL) for each, prices in priced]
            return Outcome((*told, self.paid_in(account, EventKind.RESET, start_balance - account.balance)))

        return self._once(user_id, request, run)

    def open(self, user_id: str, request: Request, order: OpenOrder) -> Outcome:
        """Opens a position at the current price."""

        def run(account: AccountState) -> Outcome:
            position = self._opening(account, order)
            self.pay(account, position.margin, position.opening_fee)
            account.positions[order.order_id] = position
            told = tell(account, EventKind.OPENED, fee=position.opening_fee, position=position)
            return Outcome((told,))

        return self._once(user_id, request, run)

    def preview(self, user_id: str, order: OpenOrder) -> Outcome:
        """What opening it would do."""
        account = self.account(user_id)
        if account is None:
            return Outcome(refusal=Code.ACCOUNT_UNKNOWN)
        try:
            position = replace(self._opening(account, order), order_id="")
        except Refused as refusal:
            return Outcome(refusal=refusal.code)
        preview = OrderPreview(
            position=position,
            fee=position.opening_fee,
            balance_after=account.balance - position.margin - position.opening_fee,
            gain_per_percent=position.notional // 100,
            pnl_at_take_profit=_pnl_there(position, position.take_profit),
            pnl_at_stop_loss=_pnl_there(position, position.stop_loss),
        )
        return Outcome(preview=preview)

    def close(self, user_id: str, request: Request, order_id: str) -> Outcome:
        """Closes a position at the current price."""

        def run(account: AccountState) -> Outcome:
            position = _position(account, order_id)
            prices = self.prices(account, position.asset)
            return Outcome((self.end(account, position, prices, CloseReason.MANUAL),))

        return self._once(user_id, request, run)

    def close_all(self, user_id: str, request: Request, *, asset: str | None = None) -> Outcome:
        """Closes every position, or an asset's, oldest first."""

        def run(account: AccountState) -> Outcome:
            told, failed = [], []
            for position in list(account.positions.values()):
                if asset in (None, position.asset):
                    try:
                        prices = self.prices(account, position.asset)
                    except Refused as refusal:
                        failed.append((position.order_id, refusal.code))
                    else:
                        told.append(self.end(account, position, prices, CloseReason.MANUAL))
            return Outcome(tuple(told), failed=tuple(failed))

        return self._once(user_id, request, run)

    def modify(
        self,
        user_id: str,
        request: Request,
        order_id: str,
        *,
        take_profit: int | Trigger = Trigger.KEEP,
        stop_loss: int | Trigger = Trigger.KEEP,
        trailing_distance: int | Trigger = Trigger.KEEP,
    ) -> Outcome:
        """Sets, keeps or removes triggers."""

        def run(account: AccountState) -> Outcome:
            position = _position(account, order_id)
            self.check_settled(account, position.asset)
            trailing = position.trailing_stop
            distance = trailing_distance
            if trailing is not None and distance == trailing.distance:
                distance = Trigger.KEEP
            changed = replace(
                position,
                take_profit=_amended(position.take_profit, take_profit),
                stop_loss=_amended(position.stop_loss, stop_loss),
                trailing_stop=trailing if distance is Trigger.KEEP else None,
            )
            if not all(isinstance(asked, Trigger) for asked in (take_profit, stop_loss, distance)):
                price = self.prices(account, position.asset).closing(position.side)
                _check_triggers(position.side, price, _set(take_profit), _set(stop_loss))
                if not isinstance(distance, Trigger):
                    changed = replace(changed, trailing_stop=_trailing(position.side, distance, price))
            account.positions[order_id] = changed
            return Outcome((tell(account, EventKind.MODIFIED, position=changed),))

        return self._once(user_id, request, run)

    def partial_close(
        self, user_id: str, request: Request, order_id: str, *, percentage: int, part_id: str
    ) -> Outcome:
        """Closes a part under an id of its own; the rest goes on."""

        def run(account: AccountState) -> Outcome:
            if not 1 <= percentage <= 99:
                raise Refused(Code.PERCENTAGE_OUT_OF_RANGE, {})
            position = _position(account, order_id)
            prices = self.prices(account, position.asset)
            part, rest = self._divided(position, percentage, part_id)
            closed = self.settled(account, part, prices, CloseReason.PARTIAL_CLOSE, parent=order_id)
            account.positions[order_id] = rest
            return Outcome((closed, tell(account, EventKind.REDUCED, position=rest)))

        return self._once(user_id, request, run)

    def add_margin(self, user_id: str, request: Request, order_id: str, amount: int) -> Outcome:
        """Adds cents to a position's margin."""

        def run(account: AccountState) -> Outcome:
            position = _position(account, order_id)
            terms = self.instruments[position.asset]
            self.check_settled(account, position.asset)
            if amount < 1 or position.margin + amount > terms.margin_max_cents:
                raise Refused(Code.AMOUNT_OUT_OF_RANGE, {})
            fee = fee_of(amount, terms)
            self.pay(account, amount, fee)
            margin = position.margin + amount
            changed = account.positions[order_id] = replace(
                position,
                margin=margin,
                added_margin=position.added_margin + amount,
                opening_fee=position.opening_fee + fee,
                liquidation_price=liquidation_price(
                    position.side, position.open_price, margin, position.notional, terms
                ),
            )
            told = tell(account, EventKind.MARGIN_ADDED, amount=amount, fee=fee, position=changed)
            return Outcome((told,))

        return self._once(user_id, request, run)

    def _once(self, user_id: str, request: Request, run: Callable[[AccountState], Outcome]) -> Outcome:
        """The first answer of this request id; what refuses changes nothing.

        What passes by itself is asked anew, also a close-all that could close nothing for now.
        """
        account = self.account(user_id)
        if account is None:
            return Outcome(refusal=Code.ACCOUNT_UNKNOWN)
        known = account.answers.get(request.request_id)
        if known is not None:
            digest, answer = known
            same = digest == request.digest
            return answer if same else Outcome(refusal=Code.IDEMPOTENCY_KEY_REUSED)
        try:
            outcome = run(account)
        except Refused as refusal:
            outcome = Outcome(refusal=refusal.code)
        closed_nothing = bool(outcome.failed) and not outcome.told
        if outcome.refusal not in PASSING and not closed_nothing:
            account.answers[request.request_id] = (request.digest, outcome)
        return outcome

    def _opening(self, account: AccountState, order: OpenOrder) -> Position:
        """The position as it would be opened now. Raises Refused."""
        terms = self.instruments.get(order.asset)
        if terms is None:
            raise Refused(Code.ASSET_UNKNOWN, {})
        if account.user_id in self.halted:
            raise Refused(Code.ACCOUNT_HALTED, {})
        if self.limits[order.asset].close_only:
            raise Refused(Code.ASSET_CLOSE_ONLY, {})
        if not terms.margin_min_cents <= order.margin <= terms.margin_max_cents:
            raise Refused(Code.MARGIN_OUT_OF_RANGE, {})
        if order.leverage not in terms.leverages:
            raise Refused(Code.LEVERAGE_NOT_OFFERED, {})
        notional = order.margin * order.leverage
        self.check_limits(account, order.asset, order.side, notional=notional, leverage=order.leverage)
        if len(account.positions) >= self._positions_max:
            raise Refused(Code.TOO_MANY_POSITIONS, {})
        prices = self.prices(account, order.asset)
        price, closing_price = prices.opening(order.side), prices.closing(order.side)
        fee = fee_of(order.margin, terms)
        if notional > price * SIZE_MAX:
            raise Refused(Code.POSITION_TOO_LARGE, {})
        if account.balance > BALANCE_CENTS_MAX:
            raise Refused(Code.BALANCE_TOO_LARGE, {})
        if account.balance < order.margin + fee:
            raise Refused(Code.INSUFFICIENT_BALANCE, {})
        _check_triggers(order.side, price, order.take_profit, order.stop_loss)
        trailing = None
        if order.trailing_distance is not None:
            trailing = _trailing(order.side, order.trailing_distance, closing_price)
        return Position(
            order_id=order.order_id,
            user_id=account.user_id,
            asset=order.asset,
            side=order.side,
            margin=order.margin,
            initial_margin=order.margin,
            added_margin=0,
            notional=notional,
            leverage=order.leverage,
            open_price=price,
            opened_at_ms=0,
            liquidation_price=liquidation_price(order.side, price, order.margin, notional, terms),
            take_profit=order.take_profit,
            stop_loss=order.stop_loss,
            trailing_stop=trailing,
            opening_fee=fee,
        )

    def _divided(self, position: Position, percentage: int, part_id: str) -> tuple[Position, Position]:
        """The part that closes and the rest. What rounding leaves belongs to the rest."""
        terms = self.instruments[position.asset]

        def share(whole: int) -> int:
            return whole * percentage // 100

        added = share(position.added_margin)
        part = replace(
            position,
            order_id=part_id,
            margin=share(position.margin),
            notional=share(position.notional),
            # The two add up to the margin, in the part as in the rest.
            initial_margin=share(position.margin) - added,
            added_margin=added,
            opening_fee=share(position.opening_fee),
        )
        if part.margin == 0 or part.notional == 0:
            raise Refused(Code.TOO_SMALL, {})
        margin, notional = position.margin - part.margin, position.notional - part.notional
        rest = replace(
            position,
            margin=margin,
            notional=notional,
            initial_margin=position.initial_margin - part.initial_margin,
            added_margin=position.added_margin - part.added_margin,
            opening_fee=position.opening_fee - part.opening_fee,
            liquidation_price=liquidation_price(position.side, position.open_price, margin, notional, terms),
        )
        return part, rest


def _position(account: AccountState, order_id: str) -> Position:
    if order_id not in account.positions:
        raise Refused(Code.ORDER_UNKNOWN, {})
    return account.positions[order_id]


def _check_triggers(side: Side, price: int, take: int | None, stop: int | None) -> None:
    if take is not None and not takes_beyond(side, take, price):
        raise Refused(Code.TAKE_PROFIT_WRONG_SIDE, {})
    if stop is not None and not stops_before(side, stop, price):
        raise Refused(Code.STOP_LOSS_WRONG_SIDE, {})


def _trailing(side: Side, distance: int, closing_price: int) -> TrailingStop:
    """One that is set now."""
    trailing = trailing_from(side, distance, closing_price)
    if not trails_behind(trailing):
        raise Refused(Code.TRAILING_DISTANCE_OUT_OF_RANGE, {})
    return trailing


def _set(asked: int | Trigger) -> int | None:
    """The new price, when one is asked for."""
    return None if isinstance(asked, Trigger) else asked


def _amended(present: int | None, asked: int | Trigger) -> int | None:
    return present if asked is Trigger.KEEP else _set(asked)


def _pnl_there(position: Position, trigger: int | None) -> int | None:
    """What the trader wins or loses at exactly this price, the fee aside."""
    if trigger is None:
        return None
    pnl = pnl_at(position.side, position.notional, position.open_price, trigger)
    return max(pnl, -position.margin)
