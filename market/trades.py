"""A trade as the batcher sends it and PostgreSQL keeps it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.messages import Tick
from domain.units import PRICE_RAW_MAX

# What a bigint column and the sum of a minute's quantities hold with room to spare.
QUANTITY_MAX = 2**53 - 1
TRADE_ID_MAX = 2**53 - 1
# The year 2100: a time beyond is a feed's mistake.
TIME_MS_MAX = 4_102_444_800_000
SYMBOL_LENGTH_MAX = 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotStorableError(ValueError):
    """A tick that no table can take; the message says which field and why."""


class TradeRow(NamedTuple):
    """One trade. time_ms: the exchange's, since the epoch. price: raw. quantity: x 10^8."""

    symbol: str
    trade_id: int
    time_ms: int
    price: int
    quantity: int
    buyer_is_maker: bool

    @property
    def time(self) -> datetime:
        """The trade's time, exact to the millisecond."""
        return at_ms(self.time_ms)

    @classmethod
    def from_tick(cls, tick: Tick) -> "TradeRow":
        """The tick's trade; raises NotStorableError when PostgreSQL would refuse it.

        Refused here it costs one line in the log; in a batch it would keep 499 good trades out for ever.
        """
        symbol = tick.symbol
        if not (0 < len(symbol) <= SYMBOL_LENGTH_MAX and symbol.isascii() and symbol.isalnum()):
            raise NotStorableError("symbol is no symbol")
        if not 0 <= tick.trade_id <= TRADE_ID_MAX:
            raise NotStorableError("trade_id is out of range")
        if not 0 < tick.price <= PRICE_RAW_MAX:
            raise NotStorableError("price is out of range")
        if not 0 <= tick.quantity <= QUANTITY_MAX:
            raise NotStorableError("quantity is out of range")
        if not 0 < tick.event_time_ms <= TIME_MS_MAX:
            raise NotStorableError("event_time_ms is out of range")
        return cls(symbol, tick.trade_id, tick.event_time_ms, tick.price, tick.quantity, tick.buyer_is_maker)


class TradeColumns(NamedTuple):
    """Trades as PostgreSQL takes many at once: the text of one array for each of a TradeRow's fields.

    Made once, by the batcher: JSON values, so a Dramatiq argument as they are, and nothing that a worker
    would have to take apart.
    """

    symbols: str
    trade_ids: str
    times_ms: str
    prices: str
    quantities: str
    buyers_are_makers: str

    @classmethod
    def of(cls, trades: Iterable[TradeRow]) -> "TradeColumns":
        """The trades, of which there is at least one, in their order; symbols as `from_tick` lets through."""
        symbols, *numbers, makers = zip(*trades, strict=True)
        return cls(
            # In quotes: a symbol NULL would be none.
            '{"' + '","'.join(symbols) + '"}',
            *("{" + ",".join(map(str, column)) + "}" for column in numbers),
            "{" + ",".join("t" if maker else "f" for maker in makers) + "}",
        )


def at_ms(milliseconds: int) -> datetime:
    """Milliseconds since the epoch as a time in UTC, without passing through a float."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
