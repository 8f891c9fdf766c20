"""What the house has made and what is open, as the order state counts it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import redis

from domain.instruments import ASSETS
from domain.orders import EventId, House
from orders.calls import call_shard
from orders.keys import POSITION, exposure_key, house_key, shard_tag

# Positions that are read at once.
BATCH = 1_000


def read_house(client: redis.Redis, shard: int) -> tuple[House, EventId]:
    """The counts of a shard, and the event that they are as of, all at one moment."""
    answer = call_shard(client, "read_house", shard, *ASSETS, write=False)
    house = House(
        fees=int(answer["fees"]),
        trading=int(answer["trading"]),
        shortfall=int(answer["shortfall"]),
        exposures={each["asset"]: (int(each["long"]), int(each["short"])) for each in answer["exposures"]},
    )
    return house, EventId.parse(answer["last_event_id"])


def is_counted(client: redis.Redis, shard: int) -> bool:
    """Whether a shard has all of its counts: one from before they were made has none."""
    keys = house_key(shard), *(exposure_key(shard, symbol) for symbol in ASSETS)
    return int(client.exists(*keys)) == len(keys)


def begin_house(client: redis.Redis, shard: int, house: House, *, newest: EventId) -> None:
    """Gives a closed shard the counts that it misses; the ones that it has stay.

    newest: the shard's newest event when they were summed up. Raises Refused (state_unproven) when there is a
    newer one, or the shard is open.
    """
    exposures = [word for symbol, sides in house.exposures.items() for word in (symbol, *sides)]
    call_shard(
        client, "begin_house", shard, str(newest), house.fees, house.trading, house.shortfall, *exposures
    )


def sum_exposures(client: redis.Redis, shard: int) -> Mapping[str, tuple[int, int]]:
    """Open notional (cents) of longs and of shorts by asset, summed up from a closed shard's positions."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    keys = client.scan_iter(match=f"{shard_tag(shard)}{POSITION}*", count=BATCH)
    # A scan may give a key twice.
    for batch in _batches(dict.fromkeys(keys), BATCH):
        pipeline = client.pipeline(transaction=False)
        for key in batch:
            pipeline.hmget(key, "asset", "side", "notional")
        for asset, side, notional in pipeline.execute():
            sums[asset.decode(), side.decode()] += int(notional)
    return {symbol: (sums[symbol, "long"], sums[symbol, "short"]) for symbol in ASSETS}


def _batches(keys: Iterable[bytes], most: int) -> Iterator[list[bytes]]:
    rest = iter(keys)
    while batch := list(islice(rest, most)):
        yield batch
