"""The chain of hashes over a shard's order events: who changes, adds or removes one breaks all that follow.

Pure. A link is the SHA-256 of the link before it and of the event in one canonical form: compact JSON, keys
sorted, UTF-8, of all that its row in order_events says. Migration 0003 holds a copy of this, frozen.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

# What the first event of a shard is chained to.
FIRST_HASH = bytes(32)


def event_hash(
    previous: bytes,
    *,
    shard: int,
    event_id: str,
    user_id: str,
    seq: int,
    kind: str,
    balance: int,
    at_ms: int,
    fields: Mapping[str, Any],
) -> bytes:
    """The link of an event, 32 bytes. previous: the link of the shard's event before it."""
    form = orjson.dumps(
        [shard, event_id, user_id, seq, kind, balance, at_ms, fields], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(previous + form).digest()
