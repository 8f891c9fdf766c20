"""What a tick does in the model: each shard takes it by itself, in as many calls as it needs."""

from domain.instruments import Instrument
from domain.messages import Tick
from domain.orders import Position, Receipt
from domain.units import PRICE_RAW_MAX
from orders.codes import Code
from tests.model.rules import Prices, followed, is_within, touched
from tests.model.state import AccountState, Due, MarketState, Shard, State, Suspicion, TickAnswer, Told

TRADE_ID_MAX = 2**53 - 1
# A source and its trade id.
TickId = tuple[str, int]


class Ticks(State):
    """Moves prices and ends what they touch."""

    def tick_call(
        self, shard: int, tick: Tick, ended: list[str], busy_with: TickId | None = None
    ) -> TickAnswer:
        """One call of apply_tick.

        What the rules leave open: `ended` names positions in the order in which they go, and is used up;
        `busy_with` is the tick whose trailing stops the call did not get done with, if there is one.
        """
        markets = self.shards[shard].markets
        terms = self.instruments.get(tick.symbol)
        if terms is None:
            return TickAnswer((), False, Code.ASSET_UNKNOWN)
        market = markets.get(tick.symbol)
        told: list[Told] = []
        if market is not None and market.is_unfinished:
            if busy_with == id_of(market.tick):
                assert market.is_advancing, "a tick that has begun to fire has moved its trailing stops"
                return TickAnswer((), True, None, is_advancing=True)
            told += self._end_due(market, ended)
            if market.is_unfinished or id_of(market.tick) == id_of(tick):
                return TickAnswer(tuple(told), market.is_unfinished, None)
        if refusal := _refusal(market, tick, terms):
            return TickAnswer(tuple(told), False, refusal)
        if market is not None and (suspicion := _suspicion(market, tick, terms)):
            if market.suspicion is not None and id_of(market.suspicion.tick) == id_of(tick):
                return TickAnswer(tuple(told), False, Code.TRADE_ID_NOT_ABOVE)
            market.suspicion = suspicion
            return TickAnswer(tuple(told), False, Code.PRICE_UNCONFIRMED)
        market = markets[tick.symbol] = MarketState(tick, Prices.around(tick.price, terms))
        self._follow(self.shards[shard], market)
        market.due = self._touched(self.shards[shard], market)
        if busy_with == id_of(tick):
            market.is_unfinished = market.is_advancing = True
            return TickAnswer(tuple(told), True, None, is_advancing=True)
        told += self._end_due(market, ended)
        return TickAnswer(tuple(told), market.is_unfinished, None)

    def grow_old(self, symbol: str) -> None:
        """Time passes: the asset's price is stale until its next tick."""
        for shard in self.shards:
            if symbol in shard.markets:
                shard.markets[symbol].is_stale = True

    def _follow(self, shard: Shard, market: MarketState) -> None:
        """Every trailing stop of the asset learns of the new price."""
        for account, position in _positions(shard, market):
            moved = followed(position, market.prices.closing(position.side))
            if moved is not position:
                account.positions[position.order_id] = moved
                assert position.trailing_stop is not None
                market.advanced[position.order_id] = position.trailing_stop

    def _touched(self, shard: Shard, market: MarketState) -> dict[str, Due]:
        due = {}
        for account, position in _positions(shard, market):
            if hits := touched(position, market.prices.closing(position.side)):
                due[position.order_id] = (account, *hits[0])
        return due

    def _end_due(self, market: MarketState, ended: list[str]) -> list[Told]:
        """Ends as many as a call may of what the tick touched: those named next in `ended`, else any.

        A call that ended that many leaves the tick unfinished, even when nothing else is touched.
        """
        market.is_advancing = False
        told: list[Told] = []
        while market.due and len(told) < self._fired_max:
            named = ended.pop(0) if ended else ""
            order_id = named if named in market.due else min(market.due)
            account, reason, trigger = market.due.pop(order_id)
            position, tick, prices = account.positions[order_id], market.tick, market.prices
            receipt = Receipt(tick.trade_id, tick.price, prices.bid, prices.ask, tick.event_time_ms, trigger)
            told.append(self.end(account, position, prices, reason, receipt))
        market.is_unfinished = len(told) == self._fired_max
        return told


def id_of(tick: Tick) -> TickId:
    return tick.source, tick.trade_id


def _positions(shard: Shard, market: MarketState) -> list[tuple[AccountState, Position]]:
    """Those in the market's asset."""
    return [
        (account, position)
        for account in shard.accounts.values()
        for position in account.positions.values()
        if position.asset == market.tick.symbol
    ]


def _refusal(market: MarketState | None, tick: Tick, terms: Instrument) -> Code | None:
    """Why the tick can't be one."""
    if not (1 <= tick.price <= PRICE_RAW_MAX and 0 <= tick.trade_id <= TRADE_ID_MAX):
        return Code.TICK_OUT_OF_RANGE
    if market is not None and market.tick.source == tick.source and tick.trade_id <= market.tick.trade_id:
        return Code.TRADE_ID_NOT_ABOVE
    prices = Prices.around(tick.price, terms)
    return Code.TICK_OUT_OF_RANGE if prices.bid < 1 or prices.ask > PRICE_RAW_MAX else None


def _suspicion(market: MarketState, tick: Tick, terms: Instrument) -> Suspicion | None:
    """The tick as a jump that isn't believed yet; None when it is believed."""
    band = terms.deviation_bps
    if band == 0 or is_within(tick.price, market.tick.price, band):
        return None
    pending, count = market.suspicion, 1
    if (
        pending is not None
        and pending.tick.source == tick.source
        and tick.trade_id > pending.tick.trade_id
        and is_within(tick.price, pending.tick.price, band)
    ):
        count = pending.count + 1
    return None if count > terms.confirmations else Suspicion(tick, count)
