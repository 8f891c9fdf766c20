"""What the model holds, and the steps that commands and ticks share: paying, pricing, settling.

Plain dictionaries, no index: what a tick touches is found by looking at every position.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from domain.instruments import Instrument
from domain.messages import Tick
from domain.orders import (
    AssetLimits,
    CloseReason,
    Closing,
    EventKind,
    OrderPreview,
    Position,
    Receipt,
    Side,
    TrailingStop,
)
from orders.codes import Code, Refused
from tests.model.rules import Prices, Settlement, fee_of, settle


@dataclass(frozen=True, slots=True)
class Told:
    """An event, without the server's times and ids."""

    kind: EventKind
    user_id: str
    seq: int
    balance: int
    amount: int = 0
    fee: int = 0
    position: Position | None = None
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: its events, or a refusal; a close-all also tells what stays and why."""

    told: tuple[Told, ...] = ()
    refusal: Code | None = None
    failed: tuple[tuple[str, Code], ...] = ()
    preview: OrderPreview | None = None


@dataclass(slots=True)
class AccountState:
    """One account; `answers` by request id, with the digest of what was asked."""

    user_id: str
    balance: int = 0
    seq: int = 0
    positions: dict[str, Position] = field(default_factory=dict)
    answers: dict[str, tuple[str, Outcome]] = field(default_factory=dict)


# Whose position a tick has touched, why it ends, and the trigger.
Due = tuple[AccountState, CloseReason, int]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A trade beyond the band, and the how manyth it is of those that agree with each other."""

    tick: Tick
    count: int


@dataclass(slots=True)
class MarketState:
    """One asset in one shard: its newest tick, and what that tick has touched but not ended yet."""

    tick: Tick
    prices: Prices
    is_stale: bool = False
    is_unfinished: bool = False
    due: dict[str, Due] = field(default_factory=dict)
    suspicion: Suspicion | None = None
    # While the desk is busy moving trailing stops: the ones that this tick moved, as they were before it.
    is_advancing: bool = False
    advanced: dict[str, TrailingStop] = field(default_factory=dict)


@dataclass(slots=True)
class Shard:
    """Accounts and prices of one shard. Shards share nothing: a tick reaches each by itself."""

    accounts: dict[str, AccountState] = field(default_factory=dict)
    markets: dict[str, MarketState] = field(default_factory=dict)


@dataclass(slots=True)
class House:
    """Running totals: what was paid in, and what the house made of it."""

    deposits: int = 0
    fees: int = 0
    pnl: int = 0
    shortfall: int = 0


@dataclass(frozen=True, slots=True)
class TickAnswer:
    """What one call of apply_tick answers, and the events it makes."""

    told: tuple[Told, ...]
    more: bool
    refusal: Code | None
    is_advancing: bool = False


class State:
    """Every account, every price, and the house."""

    def __init__(
        self,
        instruments: dict[str, Instrument],
        *,
        positions_max: int,
        fired_max: int,
        shards: int,
        shard_of: Callable[[str], int],
    ) -> None:
        self.instruments = instruments
        self.shards = [Shard() for _ in range(shards)]
        self.house = House()
        # What operators allow.
        self.limits = {symbol: AssetLimits() for symbol in instruments}
        self.halted: set[str] = set()
        self.ended: set[str] = set()
        self._positions_max = positions_max
        self._fired_max = fired_max
        self._shard_of = shard_of

    def account(self, user_id: str) -> AccountState | None:
        """The account, if there is one."""
        return self.shard(user_id).accounts.get(user_id)

    def shard(self, user_id: str) -> Shard:
        """Where the account is, or would be."""
        return self.shards[self._shard_of(user_id)]

    def accounts(self) -> Iterator[AccountState]:
        """Every account."""
        for shard in self.shards:
            yield from shard.accounts.values()

    def prices(self, account: AccountState, symbol: str) -> Prices:
        """What a fill is made at. Raises Refused when there is no such price now."""
        market = self.check_settled(account, symbol)
        if market is None:
            raise Refused(Code.PRICE_UNKNOWN, {})
        if market.is_stale:
            raise Refused(Code.PRICE_STALE, {})
        if market.suspicion is not None:
            raise Refused(Code.PRICE_UNCONFIRMED, {})
        return market.prices

    def exposure(self, shard: Shard, symbol: str) -> tuple[int, int]:
        """Open notional of longs and of shorts."""
        open_now = [
            position
            for account in shard.accounts.values()
            for position in account.positions.values()
            if position.asset == symbol
        ]
        longs = sum(position.notional for position in open_now if position.side is Side.LONG)
        return longs, sum(position.notional for position in open_now) - longs

    def check_limits(
        self, account: AccountState, symbol: str, side: Side, *, notional: int, leverage: int
    ) -> None:
        """Raises Refused where operators don't allow such a position."""
        limits, shard = self.limits[symbol], self.shard(account.user_id)
        if limits.leverage_max is not None and leverage > limits.leverage_max:
            raise Refused(Code.LEVERAGE_ABOVE_LIMIT, {})
        if limits.position_max is not None and notional > limits.position_max:
            raise Refused(Code.POSITION_ABOVE_LIMIT, {})
        if limits.exposure_max is not None:
            longs, shorts = self.exposure(shard, symbol)
            before = longs - shorts
            after = before + (notional if side is Side.LONG else -notional)
            share = limits.exposure_max // len(self.shards)
            if abs(after) > share and abs(after) > abs(before):
                raise Refused(Code.EXPOSURE_ABOVE_LIMIT, {})

    def check_settled(self, account: AccountState, symbol: str) -> MarketState | None:
        """Raises Refused while a tick of the asset is unfinished."""
        market = self.shard(account.user_id).markets.get(symbol)
        if market is not None and market.is_unfinished:
            raise Refused(Code.PRICE_MOVING, {})
        return market

    def unmoved(self, account: AccountState) -> dict[str, TrailingStop]:
        """Trailing stops, by order id, that the desk may still hold as they were before a tick."""
        markets = self.shard(account.user_id).markets.values()
        return {
            order_id: trailing
            for market in markets
            if market.is_advancing
            for order_id, trailing in market.advanced.items()
        }

    def paid_in(self, account: AccountState, kind: EventKind, amount: int) -> Told:
        account.balance += amount
        self.house.deposits += amount
        return tell(account, kind, amount=amount)

    def pay(self, account: AccountState, margin: int, fee: int) -> None:
        if account.balance < margin + fee:
            raise Refused(Code.INSUFFICIENT_BALANCE, {})
        account.balance -= margin + fee
        self.house.fees += fee

    def end(
        self,
        account: AccountState,
        position: Position,
        prices: Prices,
        reason: CloseReason,
        receipt: Receipt | None = None,
    ) -> Told:
        del account.positions[position.order_id]
        return self.settled(account, position, prices, reason, receipt=receipt)

    def settlement(self, position: Position, prices: Prices) -> Settlement:
        """What closing it at these prices moves."""
        price = prices.closing(position.side)
        fee = fee_of(position.margin, self.instruments[position.asset])
        return settle(position.side, position.margin, position.notional, position.open_price, price, fee)

    def settled(
        self,
        account: AccountState,
        position: Position,
        prices: Prices,
        reason: CloseReason,
        *,
        receipt: Receipt | None = None,
        parent: str | None = None,
    ) -> Told:
        assert position.order_id not in self.ended, "a position ends once"
        self.ended.add(position.order_id)
        money = self.settlement(position, prices)
        account.balance += money.credit
        self.house.fees += money.fee
        self.house.pnl -= money.raw_pnl
        self.house.shortfall -= money.shortfall
        closing = Closing(
            close_price=prices.closing(position.side),
            closed_at_ms=0,
            pnl=money.pnl,
            fee=money.fee,
            credit=money.credit,
            shortfall=money.shortfall,
            reason=reason,
            receipt=receipt,
            parent_order_id=parent,
        )
        return tell(account, EventKind.CLOSED, fee=money.fee, position=position, closing=closing)


def tell(
    account: AccountState,
    kind: EventKind,
    *,
    amount: int = 0,
    fee: int = 0,
    position: Position | None = None,
    closing: Closing | None = None,
) -> Told:
    account.seq += 1
    return Told(kind, account.user_id, account.seq, account.balance, amount, fee, position, closing)
