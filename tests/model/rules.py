"""The money rules (design, section 3) in plain, exact integers: the oracle's arithmetic.

Written from the rules, not from the Lua. Prices are raw, money is cents, division truncates toward zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.instruments import Instrument
from domain.orders import CloseReason, Position, Side, TrailingStop
from domain.units import BASIS_POINTS, PRICE_RAW_MAX


@dataclass(frozen=True, slots=True)
class Prices:
    """What an asset trades at, and what the desk makes of it."""

    price: int
    bid: int
    ask: int

    @classmethod
    def around(cls, price: int, terms: Instrument) -> "Prices":
        """Bid and ask stand the spread, at least one unit, on either side of the trade."""
        spread = max(1, price * terms.spread_bps // BASIS_POINTS)
        return cls(price, price - spread, price + spread)

    def opening(self, side: Side) -> int:
        """What a position of that side opens at."""
        return self.ask if side is Side.LONG else self.bid

    def closing(self, side: Side) -> int:
        """What a position of that side is valued, triggered and closed at."""
        return self.bid if side is Side.LONG else self.ask


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a close moves. pnl is the trader's, capped at the margin; raw_pnl is before the cap."""

    raw_pnl: int
    pnl: int
    fee: int
    credit: int
    shortfall: int


def mul_div(a: int, b: int, c: int) -> int:
    """a*b/c, truncated toward zero; c is positive."""
    size = abs(a * b) // c
    return size if a * b >= 0 else -size


def fee_of(margin: int, terms: Instrument) -> int:
    """Of opening, closing or adding this margin."""
    return margin * terms.fee_bps // BASIS_POINTS


def liquidation_price(side: Side, open_price: int, margin: int, notional: int, terms: Instrument) -> int:
    """Where the margin, less what the stop-out level keeps, is lost.

    A long whose margin covers its notional has 0, which no bid reaches; a short's that lies beyond every
    price has the first one past them.
    """
    at_risk = margin * (100 - terms.stop_out_percent) // 100
    if side is Side.LONG:
        return max(0, mul_div(open_price, notional - at_risk, notional))
    return min(PRICE_RAW_MAX + 1, mul_div(open_price, notional + at_risk, notional))


def pnl_at(side: Side, notional: int, open_price: int, price: int) -> int:
    """Profit at a closing price, uncapped."""
    gain = mul_div(notional, price - open_price, open_price)
    return gain if side is Side.LONG else -gain


def settle(side: Side, margin: int, notional: int, open_price: int, price: int, fee: int) -> Settlement:
    """Closes this much at this price: no more than the margin is lost, the fee is paid from what is left."""
    raw = pnl_at(side, notional, open_price, price)
    left = margin + raw
    paid = min(fee, max(0, left))
    return Settlement(
        raw_pnl=raw,
        pnl=max(raw, -margin),
        fee=paid,
        credit=max(0, left - paid),
        shortfall=max(0, -left),
    )


def is_price(trigger: int) -> bool:
    """Whether it can be a price at all."""
    return 1 <= trigger <= PRICE_RAW_MAX


def is_within(price: int, reference: int, deviation_bps: int) -> bool:
    """Whether a price is no further from the reference than the band."""
    return abs(price - reference) * BASIS_POINTS <= deviation_bps * reference


def takes_beyond(side: Side, trigger: int, price: int) -> bool:
    """Whether a take profit lies on the winning side of a price."""
    return is_price(trigger) and (trigger > price if side is Side.LONG else trigger < price)


def stops_before(side: Side, trigger: int, price: int) -> bool:
    """Whether a stop loss lies on the losing side of a price."""
    return is_price(trigger) and (trigger < price if side is Side.LONG else trigger > price)


def trailing_from(side: Side, distance: int, peak: int) -> TrailingStop:
    """A trailing stop that far behind its peak."""
    return TrailingStop(distance, peak, peak - distance if side is Side.LONG else peak + distance)


def trails_behind(trailing: TrailingStop) -> bool:
    """Whether it can be set: a distance, and a stop that can be a price."""
    return is_price(trailing.distance) and is_price(trailing.stop_price)


def followed(position: Position, closing_price: int) -> Position:
    """The position with its trailing stop at this closing price: a better one is the new peak."""
    trailing = position.trailing_stop
    if trailing is None:
        return position
    is_better = closing_price > trailing.peak if position.side is Side.LONG else closing_price < trailing.peak
    if not is_better:
        return position
    return replace(position, trailing_stop=trailing_from(position.side, trailing.distance, closing_price))


def touched(position: Position, closing_price: int) -> list[tuple[CloseReason, int]]:
    """Which triggers this closing price touches, with why each ends the position: the first one counts."""
    return [
        (reason, trigger)
        for reason, trigger, is_falling in _triggers(position)
        if (closing_price <= trigger if is_falling else closing_price >= trigger)
    ]


def _triggers(position: Position) -> Iterator[tuple[CloseReason, int, bool]]:
    """Those that are set, the reason that counts first first; whether each is reached by falling."""
    is_long = position.side is Side.LONG
    yield CloseReason.LIQUIDATION, position.liquidation_price, is_long
    if position.stop_loss is not None:
        yield CloseReason.STOP_LOSS, position.stop_loss, is_long
    if position.trailing_stop is not None:
        yield CloseReason.TRAILING_STOP, position.trailing_stop.stop_price, is_long
    if position.take_profit is not None:
        yield CloseReason.TAKE_PROFIT, position.take_profit, not is_long
