"""The chain of hashes: one canonical form, and every word of an event in it."""

import hashlib
from typing import Any

import pytest

from workers.hashchain import FIRST_HASH, event_hash

EVENT: dict[str, Any] = {
    "shard": 0,
    "event_id": "1772625600000-0",
    "user_id": "00000000-0000-0000-0000-000000000001",
    "seq": 1,
    "kind": "deposited",
    "balance": 500_000,
    "at_ms": 1_772_625_600_000,
    "fields": {"b": "2", "a": "\u20ac"},
}


def test_it_is_the_sha_256_of_the_one_before_and_the_canonical_form() -> None:
    form = (
        '[0,"1772625600000-0","00000000-0000-0000-0000-000000000001",1,"deposited",500000,1772625600000,'
        '{"a":"\u20ac","b":"2"}]'
    )
    assert event_hash(FIRST_HASH, **EVENT) == hashlib.sha256(bytes(32) + form.encode()).digest()


def test_the_order_of_fields_is_of_no_account() -> None:
    turned = EVENT | {"fields": dict(reversed(EVENT["fields"].items()))}
    assert event_hash(FIRST_HASH, **turned) == event_hash(FIRST_HASH, **EVENT)


@pytest.mark.parametrize(
    "change",
    [
        {"shard": 1},
        {"event_id": "1772625600000-1"},
        {"user_id": "00000000-0000-0000-0000-000000000002"},
        {"seq": 2},
        {"kind": "reset"},
        {"balance": 500_001},
        {"at_ms": 1_772_625_600_001},
        {"fields": {"b": "2", "a": ""}},
        {"fields": {"b": "2"}},
        {"fields": {"b": 2, "a": "\u20ac"}},
    ],
)
def test_a_change_of_anything_changes_it(change: dict[str, Any]) -> None:
    assert event_hash(FIRST_HASH, **(EVENT | change)) != event_hash(FIRST_HASH, **EVENT)


def test_it_depends_on_all_before() -> None:
    assert event_hash(b"\1" * 32, **EVENT) != event_hash(FIRST_HASH, **EVENT)
