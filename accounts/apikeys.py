"""Keys of programs."""

import redis
import sqlalchemy as sa

from accounts.callers import Caller
from runtime.settings import Settings

KEY_PREFIX = "cfd_"


class ApiKeys:
    """The keys of all accounts: PostgreSQL has their hashes, Redis remembers what it said."""

    def __init__(self, engine: sa.Engine, queues: redis.Redis, settings: Settings) -> None:
        self._engine = engine

    def find(self, key: str, address: str) -> Caller | None:
        """Whom a key lets in from that address; None when it is no key, has ended, or not from there."""
        return None
