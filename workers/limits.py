"""Limits and halts that operators decided, applied to the order state."""

from operators.limits import apply_limits
from workers.resources import resources


def write_limits_in_force() -> bool:
    """Actor: writes all that is in force, the same however often it runs; the edge waits for its answer."""
    mine = resources()
    apply_limits(mine.database, mine.order_state, mine.settings.order_shards)
    return True
