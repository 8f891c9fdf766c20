"""The Lua library: joined from its files, with keys, codes and limits rendered in, and loaded.

The `release` step of the Procfile (workers.opening) installs it in every node of ORDERS_REDIS_URL with the
assets' terms before any process starts.
"""

import hashlib
from pathlib import Path
from typing import Any

import redis

from domain.instruments import LEVERAGE_MAX
from domain.orders import CloseReason
from domain.units import NOTIONAL_CENTS_MAX, PRICE_RAW_MAX, SIZE_MAX
from orders.access import limit_web_user, widen_web_user
from orders.codes import Code
from orders.keys import SUFFIXES, quiet_key, shard_tag, terms_key
from runtime.logs import get_logger
from runtime.settings import Settings

NAME = "cfdesk"
PREFIX = "cfdesk_"
# How a server without the library refuses a call of it.
NO_LIBRARY = "Function not found"
# Each file uses what the ones before it define.
FILES = (
    "money",
    "text",
    "gate",
    "journal",
    "requests",
    "market",
    "terms",
    "house",
    "limits",
    "prices",
    "quiet",
    "leases",
    "trails",
    "book",
    "account",
    "open",
    "close",
    "margin",
    "reset",
    "modify",
    "tick",
    "snapshot",
    "register",
)
# Doubles are exact to 2^53; a deposit on top of the largest balance must stay below.
BALANCE_CENTS_MAX = 2**52
# A lease that outlives its holder by more would keep the standby waiting.
LEASE_MS_MAX = 60_000
assert BALANCE_CENTS_MAX + NOTIONAL_CENTS_MAX < 2**53

log = get_logger(__name__)


def render(settings: Settings) -> str:
    """The library's text, ready for FUNCTION LOAD."""
    limits = {
        "NOTIONAL_CENTS_MAX": NOTIONAL_CENTS_MAX,
        "PRICE_RAW_MAX": PRICE_RAW_MAX,
        "BALANCE_CENTS_MAX": BALANCE_CENTS_MAX,
        "LEVERAGE_MAX": LEVERAGE_MAX,
        "TRADE_ID_MAX": 2**53 - 1,
        "POSITIONS_MAX": settings.positions_per_account_max,
        "FIRED_MAX": settings.fired_per_call_max,
        "TRAILS_MOVED_MAX": settings.trails_moved_per_call_max,
        "SIZE_MAX": SIZE_MAX,
        "LEASE_MS_MAX": LEASE_MS_MAX,
        "REQUEST_MEMORY_MS": settings.request_memory_hours * 3_600_000,
    }
    constants = [
        f"local PREFIX = '{PREFIX}'",
        _table("KEY", {name: f"'{suffix}'" for name, suffix in SUFFIXES.items()}),
        _table("CODE", {code.name: f"'{code}'" for code in Code}),
        _table("REASON", {reason.name: f"'{reason}'" for reason in CloseReason}),
        _table("LIMIT", {name: str(value) for name, value in limits.items()}),
    ]
    folder = Path(__file__).parent / "lua"
    body = "\n".join([*constants, *((folder / f"{name}.lua").read_text() for name in FILES)])
    version = hashlib.sha256(body.encode()).hexdigest()[:16]
    return f"#!lua name={NAME}\nlocal VERSION = '{version}'\n{body}"


def load(client: redis.Redis, settings: Settings) -> None:
    """Loads the library and writes the assets' terms of every shard; loading again changes nothing."""
    for shard in range(settings.order_shards):
        for symbol, terms in settings.instruments.items():
            fields: dict[Any, Any] = {
                "fee_bps": terms.fee_bps,
                "spread_bps": terms.spread_bps,
                "margin_min_cents": terms.margin_min_cents,
                "margin_max_cents": terms.margin_max_cents,
                "leverages": ",".join(map(str, terms.leverages)),
                "stop_out_percent": terms.stop_out_percent,
                "stale_after_ms": terms.stale_after_ms,
                "deviation_bps": terms.deviation_bps,
                "confirmations": terms.confirmations,
            }
            client.hset(terms_key(shard, symbol), mapping=fields)
            client.delete(quiet_key(shard, symbol))
    # Last: a newer library may read terms that the one before it did not have.
    client.function_load(render(settings), replace=True)
    log.info("library loaded", shards=settings.order_shards, first_tag=shard_tag(0))


def _table(name: str, entries: dict[str, str]) -> str:
    return f"local {name} = {{ {', '.join(f'{key} = {value}' for key, value in entries.items())} }}"


def install(client: redis.Redis, settings: Settings) -> None:
    """Loads the library into every node, and says there what the web's user may do."""
    widen_web_user(client, settings)
    load(client, settings)
    limit_web_user(client, settings)
