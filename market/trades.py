"""A trade as the batcher sends it and PostgreSQL keeps it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from domain.messages import tick_fields
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
    def decode(cls, payload: bytes) -> "TradeRow":
        """The trade of an encoded tick; raises ValueError when it is none, or one PostgreSQL would refuse.

        Refused here it costs one line in the log; in a batch it would keep 499 good trades out for ever.
        """
        # Without a Tick in between, which would take as long as all the rest.
        fields = tick_fields(payload)
        row = cls(*_columns_of(fields))
        symbol = row.symbol
        if not (0 < len(symbol) <= SYMBOL_LENGTH_MAX and symbol.isascii() and symbol.isalnum()):
            raise NotStorableError("symbol is no symbol")
        if not 0 <= row.trade_id <= TRADE_ID_MAX:
            raise NotStorableError("trade_id is out of range")
        if not 0 < row.price <= PRICE_RAW_MAX:
            raise NotStorableError("price is out of range")
        if not 0 <= row.quantity <= QUANTITY_MAX:
            raise NotStorableError("quantity is out of range")
        if not 0 < row.time_ms <= TIME_MS_MAX:
            raise NotStorableError("event_time_ms is out of range")
        return row


_columns_of = itemgetter("symbol", "trade_id", "event_time_ms", "price", "quantity", "buyer_is_maker")


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
        """The trades, of which there is at least one, in their order; symbols as `decode` lets through."""
        symbols, trade_ids, times_ms, prices, quantities, buyers_are_makers = zip(*trades, strict=True)
        return cls(
            # In quotes: a symbol NULL would be none.
            symbols='{"' + '","'.join(symbols) + '"}',
            trade_ids=_array(trade_ids),
            times_ms=_array(times_ms),
            prices=_array(prices),
            quantities=_array(quantities),
            buyers_are_makers=_array(buyers_are_makers),
        )


def _array(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def at_ms(milliseconds: int) -> datetime:
    """Milliseconds since the epoch as a time in UTC, without passing through a float."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
