"""What the processes that face the internet may do on the order state's servers: an ACL user's rule.

Inside a function the server asks what its caller may do. So the user has the library's commands on the
library's keys, and could do with those by hand what its functions do with them. All else is refused: code of
its own, the server's settings, other keys, a list of the keys, changing the terms of trade, making prices.

`python -m workers.opening` gives the user these rights wherever ORDERS_WEB_REDIS_URL names one.
"""

import hashlib
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import redis

from domain.instruments import ASSETS
from orders.keys import (
    ACCOUNT,
    ANY_SHARD,
    EVENTS,
    EXPOSURE,
    FENCE,
    FLOOR,
    HALTED,
    HOUSE,
    LEASE,
    LIMITS,
    POSITION,
    POSITIONS,
    QUIET,
    REQUEST,
    STATE,
    STOP,
    TAKE,
    TERMS,
    TRAIL,
    UNFINISHED,
    orders_channel,
    price_channel,
)
from runtime.logs import get_logger
from runtime.settings import Settings

# What a client says for itself; HELLO and AUTH are everybody's. The last three are a cluster's.
CONNECTION = ("ping", "client|setname", "unsubscribe", "cluster|slots", "command", "asking")
# A rule can't name functions, only the commands that call them.
CALLS = ("fcall", "fcall_ro")
# What the library's functions do with keys (a test holds it against the Lua); OrderDesk.seq is one of them.
LIBRARY = (
    *("exists", "get", "incr", "publish", "time"),
    *("hget", "hgetall", "hincrby", "hmget", "hset"),
    *("xadd", "xrevrange"),
    *("zadd", "zcard", "zcount", "zpopmin", "zrange", "zrangebyscore"),
    *("zrem", "zrevrange", "zrevrangebyscore", "zscore"),
)
# The commands that end a key whatever it holds, each only for the keys that it is used on.
LIBRARY_ON_KEYS = {"set": (REQUEST,), "del": (POSITION, QUIET)}

CHANGED = (ACCOUNT, POSITIONS, POSITION, FLOOR, STOP, TAKE, TRAIL, REQUEST, EVENTS, HOUSE, EXPOSURE)
# An unfinished tick is what the next tick goes on with, at its price: who writes one makes prices.
# Who writes the state's key opens a desk whose state nobody has proven.
# What operators allow is for the workers to write.
READ = (TERMS, UNFINISHED, STATE, LIMITS, HALTED)
# Not even to be read. A tick looks at it before it does anything, so that a tick of this user's does nothing.
KEPT_FROM = (QUIET, LEASE, FENCE)

log = get_logger(__name__)


def user_of(url: str) -> tuple[str, str]:
    """Name and password of the user that a URL (the first, of a cluster's) connects as."""
    parts = urlsplit(url.partition(",")[0].strip())
    return unquote(parts.username or ""), unquote(parts.password or "")


def rights(url: str) -> list[str]:
    """What ACL SETUSER is to give to the user of this URL, its password included."""
    _, password = user_of(url)
    database = urlsplit(url.partition(",")[0].strip()).path.strip("/")
    select = ("select",) if database not in {"", "0"} else ()
    return [
        "on",
        # As the server keeps it: the password itself is not sent.
        f"#{hashlib.sha256(password.encode()).hexdigest()}",
        *(f"+{command}" for command in (*CONNECTION, *select, *CALLS, *LIBRARY)),
        # A function is called with its shard's tag for a key.
        f"~{ANY_SHARD}",
        *(f"~{ANY_SHARD}{name}*" for name in CHANGED),
        *(f"%R~{ANY_SHARD}{name}*" for name in READ),
        f"&{orders_channel('*')}",
        *(
            _apart(command, *(f"%W~{ANY_SHARD}{name}*" for name in names))
            for command, names in LIBRARY_ON_KEYS.items()
        ),
        # Prices are heard, never told.
        _apart("subscribe", f"&{orders_channel('*')}", *(f"&{price_channel(symbol)}" for symbol in ASSETS)),
    ]


def _apart(command: str, *patterns: str) -> str:
    """A right of its own beside the others (a selector): this command, on nothing but this."""
    return f"(+{command} {' '.join(patterns)})"


def widen_web_user(client: redis.Redis, settings: Settings) -> None:
    """Adds today's rights to a user that is there, and takes none away; before a new library is loaded.

    The library before it may be called until then, and a function that is refused something half-way leaves
    half of its work done.
    """
    if url := settings.orders_web_redis_url:
        name, _ = user_of(url)
        for server in _servers(client):
            if name in server.acl_users():
                _set_user(server, name, *rights(url))


def limit_web_user(client: redis.Redis, settings: Settings) -> None:
    """Gives the user exactly today's rights, and has every server write it down."""
    if not (url := settings.orders_web_redis_url):
        return
    name, _ = user_of(url)
    for server in _servers(client):
        _set_user(server, name, "reset", "resetkeys", "resetchannels", "-@all", *rights(url))
        try:
            server.acl_save()
        except redis.ResponseError as error:
            log.warning("a restart of the server will forget this user", user=name, error=str(error))
    log.info("user limited", user=name)


def _set_user(server: redis.Redis, name: str, *rule: str) -> None:
    server.execute_command("ACL SETUSER", name, *rule)  # type: ignore[no-untyped-call]


def _servers(client: redis.Redis) -> Iterator[redis.Redis]:
    """Each server by itself: users are no data, a cluster's nodes don't tell each other of them."""
    if isinstance(client, redis.RedisCluster):
        for node in client.get_nodes():
            yield client.get_redis_connection(node)
    else:
        yield client
