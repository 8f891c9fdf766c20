"""Opening an order state for the harness itself."""

from importlib.util import find_spec

import redis

from domain.orders import FIRST_EVENT_ID
from orders.gate import begin_epoch, open_shard, read_state

SHARD = 0
FIRST_EPOCH = 1
# The desk opens its order state by itself once its journal does it; until then the harness sees to it.
DESK_OPENS = find_spec("workers.opening") is not None


def open_as_it_is(order_state: redis.Redis) -> None:
    """Opens a shard without asking PostgreSQL, when it is closed. Raises redis' errors."""
    state = read_state(order_state, SHARD)
    if state.open:
        return
    if state.epoch is None:
        begin_epoch(order_state, SHARD, epoch=FIRST_EPOCH, journaled=FIRST_EVENT_ID)
    open_shard(order_state, SHARD, epoch=state.epoch or FIRST_EPOCH, journaled=FIRST_EVENT_ID)
