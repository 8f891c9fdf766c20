"""Names of the order state's keys and channels. Written once; the Lua library gets them rendered in.

Every key carries its shard's tag, so that a user's account, positions, events and the shard's trigger
indexes lie in one slot of a cluster.
"""

import zlib

# Lua concatenates the tag in front: "{s0}" .. ":account:" .. user_id
ACCOUNT = ":account:"
POSITIONS = ":positions:"
POSITION = ":position:"
UNFINISHED = ":unfinished:"
FLOOR = ":floor:"
TERMS = ":terms:"
LIMITS = ":limits:"
HALTED = ":halted"
HOUSE = ":house"
EXPOSURE = ":exposure:"
STOP = ":stop:"
TAKE = ":take:"
TRAIL = ":trail:"
QUIET = ":quiet:"
STATE = ":state"
LEASE = ":lease:"
FENCE = ":fence"
REQUEST = ":request:"
EVENTS = ":events"

ORDERS_CHANNEL = "orders:"

SUFFIXES = {
    name: value for name, value in globals().copy().items() if name.isupper() and isinstance(value, str)
}

# Any shard's tag, as the server's access rules match keys.
ANY_SHARD = "{s[0-9]*}"


def shard_of(user_id: str, shards: int) -> int:
    """The shard of an account. CRC-32 of the id: the same in every process and for ever."""
    return zlib.crc32(user_id.encode()) % shards


def shard_tag(shard: int) -> str:
    """The hash tag that every key of the shard begins with."""
    return f"{{s{shard}}}"


def events_key(shard: int) -> str:
    """The shard's event stream."""
    return shard_tag(shard) + EVENTS


def account_key(shard: int, user_id: str) -> str:
    """The hash of an account's balance and sequence number."""
    return shard_tag(shard) + ACCOUNT + user_id


def terms_key(shard: int, symbol: str) -> str:
    """The hash of an asset's terms of trade."""
    return shard_tag(shard) + TERMS + symbol


def limits_key(shard: int, symbol: str) -> str:
    """The hash of what operators allow of an asset."""
    return shard_tag(shard) + LIMITS + symbol


def halted_key(shard: int) -> str:
    """The hash of the accounts that may not open positions."""
    return shard_tag(shard) + HALTED


def house_key(shard: int) -> str:
    """The hash of what the house made: fees, trading, shortfall."""
    return shard_tag(shard) + HOUSE


def exposure_key(shard: int, symbol: str) -> str:
    """The hash of an asset's open notional, long and short."""
    return shard_tag(shard) + EXPOSURE + symbol


def quiet_key(shard: int, symbol: str) -> str:
    """What the library keeps of an asset's indexes and terms; to be deleted when the terms change."""
    return shard_tag(shard) + QUIET + symbol


def orders_channel(user_id: str) -> str:
    """Where the events of one account are published."""
    return ORDERS_CHANNEL + user_id


def price_channel(symbol: str) -> str:
    """Where an asset's prices are published."""
    return symbol
