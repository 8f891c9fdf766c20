"""Candles of the days before the desk was there: the exchange's own, or made up by the simulator.

minutes    candles and spans of them, and how missing ones are asked for
store      candles into PostgreSQL
klines     what Binance answers, decoded
simulated  a made-up past that leads to a price
filling    the work itself, a piece at a time
"""
