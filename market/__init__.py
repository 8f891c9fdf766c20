"""Candles: made from trades, read at any interval."""
