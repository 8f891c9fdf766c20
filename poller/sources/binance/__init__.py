"""Binance: the combined aggTrade stream of all our markets, without holes.

`connection` opens and reads one WebSocket. `stream` keeps one feeding, and hands over to its successor before
it is cut. `source` puts the trades in order. What the order shows to be missing is `backfill`'s to fetch over
REST; `position` knows what that is, and how far Kafka has everything.
"""

from poller.sources.binance.connection import reachable
from poller.sources.binance.source import BinanceSource, open_binance

__all__ = ["BinanceSource", "open_binance", "reachable"]
