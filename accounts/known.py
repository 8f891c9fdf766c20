"""What PostgreSQL said of a session or a key, remembered in Redis: asked again after SESSION_TRUST_S.

PostgreSQL has the truth. Its word outlives its absence, so that trading goes on without it, until the token
expires. An end is written here as soon as it is committed, beside what was remembered, which can't
overwrite it. Losing Redis loses nothing: PostgreSQL is asked again.
"""

import time
from collections.abc import Callable, Iterable
from typing import cast

import orjson
import redis

from accounts.callers import Caller
from runtime.connections import DATABASE_AWAY
from runtime.logs import get_logger
from runtime.settings import Settings

# Where the end of a session or a key is told, by the name it has here, to whoever serves it at that moment.
ENDED_CHANNEL = "identity:ended"

log = get_logger(__name__)

_AWAY_PAUSE_S = 10.0
_REDIS_AWAY_PAUSE_S = 2.0


class Known:
    """The memory of one kind of names: sessions, or keys."""

    def __init__(
        self, queues: redis.Redis, settings: Settings, kind: str, *, remember_unknown: bool = True
    ) -> None:
        """remember_unknown: also that a name stands for nobody; not where anybody can make names up."""
        self._queues = queues
        self._remember_unknown = remember_unknown
        self._prefix = f"identity:{kind}:"
        self._trust_s = settings.session_trust_s
        # No access token outlives it.
        self._kept_s = settings.access_token_minutes * 60 + settings.session_trust_s
        # PostgreSQL did not answer: until then it isn't asked where there is an older word, since every
        # question would wait for its time limit.
        self._away_until = 0.0
        self._redis_away_until = 0.0

    def find(self, name: str, ask: Callable[[], Caller | None]) -> Caller | None:
        """Whom the name stands for; None when it has ended or never was. Raises what `ask` raises: one of
        runtime.connections.DATABASE_AWAY when nobody can tell."""
        ended, said_at, known = self._read(name)
        if ended:
            return None
        if known is not None and 0 <= time.time() - said_at < self._trust_s:
            return known
        if known is not None and time.monotonic() < self._away_until:
            return known
        try:
            caller = ask()
        except DATABASE_AWAY:
            self._away_until = time.monotonic() + _AWAY_PAUSE_S
            if known is None:
                raise
            log.info("postgresql is away: its older word counts", kind=self._prefix)
            return known
        self._remember(name, caller)
        return caller

    def name_of(self, name: str) -> str:
        """What is published in ENDED_CHANNEL when it ends."""
        return self._prefix + name

    def end(self, names: Iterable[str]) -> None:
        """These have ended, as is committed. Redis being away is no error: PostgreSQL is asked then."""
        self._change([(name, True) for name in names])

    def forget(self, names: Iterable[str]) -> None:
        """Something about these has changed: the next to ask is told by PostgreSQL."""
        self._change([(name, False) for name in names])

    def _read(self, name: str) -> tuple[bool, float, Caller | None]:
        if time.monotonic() < self._redis_away_until:
            return False, 0, None
        try:
            ended, text = cast(list[bytes | None], self._queues.mget(self._ended(name), self._prefix + name))
        except redis.RedisError as error:
            self._redis_away_until = time.monotonic() + _REDIS_AWAY_PAUSE_S
            log.warning("redis is away: postgresql is asked", error=type(error).__name__)
            return False, 0, None
        if ended is not None:
            return True, 0, None
        if text is None:
            return False, 0, None
        try:
            said_at, fields = orjson.loads(text)
            return False, float(said_at), Caller.from_json(fields)
        except (ValueError, TypeError):
            # Another version's.
            return False, 0, None

    def _remember(self, name: str, caller: Caller | None) -> None:
        if caller is None:
            if self._remember_unknown:
                self.end([name])
            return
        text = orjson.dumps([time.time(), caller.to_json()])
        try:
            self._queues.set(self._prefix + name, text, ex=self._kept_s)
        except redis.RedisError as error:
            log.debug("not remembered", error=type(error).__name__)

    def _change(self, changes: list[tuple[str, bool]]) -> None:
        if not changes:
            return
        try:
            with self._queues.pipeline(transaction=False) as pipeline:
                for name, ended in changes:
                    if ended:
                        pipeline.set(self._ended(name), b"1", ex=self._kept_s)
                        pipeline.publish(ENDED_CHANNEL, self.name_of(name))
                    pipeline.delete(self._prefix + name)
                pipeline.execute()
        except redis.RedisError as error:
            log.warning("redis was not told of an end", error=type(error).__name__, names=len(changes))

    def _ended(self, name: str) -> str:
        return f"{self._prefix}{name}:ended"
