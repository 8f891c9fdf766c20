"""An order state that trades although no PostgreSQL follows it."""

from collections.abc import Iterable

import redis

from domain.orders import FIRST_EVENT_ID
from orders.gate import begin_epoch, begin_restore, end_restore, open_shard, read_state
from orders.house import read_house
from orders.library import load
from orders.snapshots import AccountText, restore, restore_house
from runtime.settings import Settings

EPOCH = 1


def load_and_open(client: redis.Redis, settings: Settings) -> None:
    """Loads the library and opens every shard, as the opening step does once PostgreSQL agrees."""
    load(client, settings)
    open_all(client, settings)


def open_all(client: redis.Redis, settings: Settings) -> None:
    """Opens every shard; to be done again when a server was started anew, or a replica took over."""
    for shard in range(settings.order_shards):
        if read_state(client, shard).epoch is None:
            begin_epoch(client, shard, epoch=EPOCH, journaled=FIRST_EVENT_ID)
        open_shard(client, shard, epoch=EPOCH, journaled=FIRST_EVENT_ID)


def empty_for_restore(client: redis.Redis, settings: Settings) -> None:
    """An order state that lost everything, ready for a restore."""
    client.flushdb()
    load(client, settings)
    for shard in range(settings.order_shards):
        begin_restore(client, shard, epoch=EPOCH)


def restore_and_open(client: redis.Redis, settings: Settings, accounts: Iterable[AccountText]) -> None:
    """Loses everything, and brings these accounts back, and what the house made."""
    houses = [read_house(client, shard)[0] for shard in range(settings.order_shards)]
    empty_for_restore(client, settings)
    restore(client, settings.order_shards, accounts)
    for shard, made in enumerate(houses):
        restore_house(client, shard, fees=made.fees, trading=made.trading, shortfall=made.shortfall)
        end_restore(client, shard, newest=None)
    open_all(client, settings)
