"""What candles are, in plain Python: the fold that PostgreSQL's is held against."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from market.trades import TradeRow

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Minute:
    """What trades of one symbol made of one minute; time is its start, prices raw, volume x 10^8."""

    symbol: str
    time: datetime
    open: int
    high: int
    low: int
    close: int
    volume: int
    trades: int
    first_trade_id: int | None
    last_trade_id: int | None
    source: str = "trades"


def fold(trades: Iterable[TradeRow]) -> list[Minute]:
    """The minutes of the trades, each trade counted as often as it is given, by symbol and time.

    Open and close are by trade id, never by arrival.
    """
    groups: dict[tuple[str, int], list[TradeRow]] = {}
    for trade in trades:
        groups.setdefault((trade.symbol, trade.time_ms // _MINUTE_MS), []).append(trade)
    return [_minute(groups[key]) for key in sorted(groups)]


def _minute(trades: list[TradeRow]) -> Minute:
    trades.sort(key=lambda trade: (trade.trade_id, trade.time_ms))
    first, last = trades[0], trades[-1]
    prices = [trade.price for trade in trades]
    return Minute(
        symbol=first.symbol,
        time=first.time.replace(second=0, microsecond=0),
        open=first.price,
        high=max(prices),
        low=min(prices),
        close=last.price,
        volume=sum(trade.quantity for trade in trades),
        trades=len(trades),
        first_trade_id=first.trade_id,
        last_trade_id=last.trade_id,
    )
