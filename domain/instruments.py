"""What can be traded, and each asset's terms.

Adding an asset is one line in ASSETS; its terms come from the deployment's settings.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asset:
    """An underlying: our symbol, its name, and the symbol of its market at the exchange."""

    symbol: str
    name: str
    market: str
    # Where a simulated market starts when nothing is known of the real one, in raw price units.
    reference_price_raw: int


ASSETS: dict[str, Asset] = {
    asset.symbol: asset
    for asset in (
        Asset("BTC", "Bitcoin", "BTCUSDT", 645_000_000),
        Asset("ETH", "Ethereum", "ETHUSDT", 25_000_000),
        Asset("SOL", "Solana", "SOLUSDT", 1_500_000),
    )
}
ASSET_BY_MARKET: dict[str, Asset] = {asset.market: asset for asset in ASSETS.values()}


# Fees and spreads of more than a tenth, or leverages beyond this, are typing errors.
TERMS_BPS_MAX = 1000
LEVERAGE_MAX = 1000


@dataclass(frozen=True)
class Instrument:
    """The terms on which one asset is traded here (design, sections 2 and 3)."""

    symbol: str
    fee_bps: int
    spread_bps: int
    margin_min_cents: int
    margin_max_cents: int
    leverages: tuple[int, ...]
    # Margin level in percent at which a position is liquidated.
    stop_out_percent: int
    # A price applied longer ago than this fills nothing.
    stale_after_ms: int
    # A trade further than this from the price is believed only once others confirm it; 0: at once.
    deviation_bps: int
    # How many further trades within the band of it confirm a jump.
    confirmations: int
