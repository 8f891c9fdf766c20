"""What a tick does in the model: each shard takes it by itself, in as many calls as it needs."""

from domain.instruments import Instrument
from domain.messages import Tick
from domain.orders import Receipt
from domain.units import PRICE_RAW_MAX
from orders.codes import Code
from tests.model.rules import Prices, touched
from tests.model.state import Due, MarketState, Shard, State, TickAnswer, Told

TRADE_ID_MAX = 2**53 - 1


class Ticks(State):
    """Moves prices and ends what they touch."""

    def tick_call(self, shard: int, tick: Tick, ended: list[str]) -> TickAnswer:
        """One call of apply_tick; `ended` names positions in the order in which they go, and is used up."""
        markets = self.shards[shard].markets
        terms = self.instruments.get(tick.symbol)
        if terms is None:
            return TickAnswer((), False, Code.ASSET_UNKNOWN)
        market = markets.get(tick.symbol)
        told: list[Told] = []
        if market is not None and market.is_unfinished:
            told += self._end_due(market, ended)
            if market.is_unfinished or _is_same(market.tick, tick):
                return TickAnswer(tuple(told), market.is_unfinished, None)
        if refusal := _refusal(market, tick, terms):
            return TickAnswer(tuple(told), False, refusal)
        market = markets[tick.symbol] = MarketState(tick, Prices.around(tick.price, terms))
        market.due = self._touched(self.shards[shard], market)
        told += self._end_due(market, ended)
        return TickAnswer(tuple(told), market.is_unfinished, None)

    def grow_old(self, symbol: str) -> None:
        """Time passes: the asset's price is stale until its next tick."""
        for shard in self.shards:
            if symbol in shard.markets:
                shard.markets[symbol].is_stale = True

    def _touched(self, shard: Shard, market: MarketState) -> dict[str, Due]:
        due = {}
        for account in shard.accounts.values():
            for position in account.positions.values():
                if position.asset == market.tick.symbol:
                    hit = touched(position, market.prices.closing(position.side))
                    if hit is not None:
                        due[position.order_id] = (account, *hit)
        return due

    def _end_due(self, market: MarketState, ended: list[str]) -> list[Told]:
        """Ends as many as a call may of what the tick touched: those named next in `ended`, else any.

        A call that ended that many leaves the tick unfinished, even when nothing else is touched.
        """
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


def _is_same(one: Tick, other: Tick) -> bool:
    return (one.source, one.trade_id) == (other.source, other.trade_id)


def _refusal(market: MarketState | None, tick: Tick, terms: Instrument) -> Code | None:
    """Why the tick isn't believed. A deviation band belongs here."""
    if not (1 <= tick.price <= PRICE_RAW_MAX and 0 <= tick.trade_id <= TRADE_ID_MAX):
        return Code.TICK_OUT_OF_RANGE
    if market is not None and market.tick.source == tick.source and tick.trade_id <= market.tick.trade_id:
        return Code.TRADE_ID_NOT_ABOVE
    prices = Prices.around(tick.price, terms)
    return Code.TICK_OUT_OF_RANGE if prices.bid < 1 or prices.ask > PRICE_RAW_MAX else None
