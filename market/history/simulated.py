"""A simulated market's past: made up like its present, and leading to a price. Pure.

The market model runs through the minutes at a few trades each; then all of its prices are scaled, so that the
last one is the price to lead to.
"""

from domain.instruments import Asset
from domain.market_model import PRICE_STEP_RAW, MarketModel
from market.history.minutes import MinuteCandle, Span

# Enough for candles that look like the live market's; a week of an asset is then half a second's work.
TRADES_PER_MINUTE = 10
_MINUTE_US = 60_000_000


def simulated_past(
    seed: int, asset: Asset, span: Span, *, leads_to: int, live_trades_per_s: float
) -> list[MinuteCandle]:
    """A candle for each minute of the span, oldest first; the last one closes at `leads_to`, a raw price.

    Volumes and numbers of trades are of the size that live_trades_per_s makes. The same arguments give the
    same candles.
    """
    model = MarketModel(
        # Not the live market's seed: the past must not be what a market that starts there will do.
        f"{seed} before {span.end}",
        asset,
        trades_per_s=TRADES_PER_MINUTE / 60,
        start_price_raw=leads_to,
    )
    candles = _minutes(model, span)
    busier = live_trades_per_s * 60 / TRADES_PER_MINUTE
    last = candles[-1].close
    low, high = min(model.price_min, leads_to), max(model.price_max, leads_to)

    def scaled(price: int) -> int:
        steps = (price * leads_to + last * PRICE_STEP_RAW // 2) // (last * PRICE_STEP_RAW)
        return min(max(steps * PRICE_STEP_RAW, low), high)

    return [
        MinuteCandle(
            minute=candle.minute,
            open=scaled(candle.open),
            high=scaled(candle.high),
            low=scaled(candle.low),
            close=scaled(candle.close),
            volume=round(candle.volume * busier),
            trades=round(candle.trades * busier),
        )
        for candle in candles
    ]


def _minutes(model: MarketModel, span: Span) -> list[MinuteCandle]:
    """The model's trades as candles; a minute without one is flat, with volume 0.

    Each opens where the one before closed: at the live market's many trades little happens in between.
    """
    candles: list[MinuteCandle] = []
    trade = model.next_trade()
    time_us, close = trade.wait_us, trade.price
    for number, minute in enumerate(range(span.begin, span.end), start=1):
        prices, volume = [close], 0
        while time_us < number * _MINUTE_US:
            prices.append(trade.price)
            volume += trade.quantity
            trade = model.next_trade()
            time_us += trade.wait_us
        open_, close = close, prices[-1]
        trades = len(prices) - 1
        candles.append(MinuteCandle(minute, open_, max(prices), min(prices), close, volume, trades))
    return candles
