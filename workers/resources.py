"""The connections of a worker process, opened at the first use: after the fork, shared by its threads."""

from dataclasses import dataclass
from functools import cache

import redis
import sqlalchemy as sa

from orders.client import OrderDesk
from runtime.binance import BinanceRest
from runtime.connections import engine, orders_redis
from runtime.settings import Settings, get_settings


@dataclass(frozen=True)
class Resources:
    """What actors work with."""

    settings: Settings
    database: sa.Engine
    order_state: redis.Redis
    desk: OrderDesk
    # One for the process: it remembers what was asked, and until when nothing may be.
    exchange: BinanceRest


def open_resources(settings: Settings) -> Resources:
    """Clients and pools as the settings say; nothing is connected yet."""
    order_state = orders_redis(settings, name="worker")
    return Resources(
        settings=settings,
        database=engine(settings, name="worker"),
        order_state=order_state,
        desk=OrderDesk(order_state, settings),
        exchange=BinanceRest(settings),
    )


@cache
def resources() -> Resources:
    """This process's."""
    return open_resources(get_settings())
