"""One-time codes, with which the page that a provider's redirect ends at gets its tokens.

A code is all that is in the URL, and good for nothing without the browser that it was made for.
"""

import hashlib
import secrets
import time
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
import redis

CODE_S = 60
# Somebody may have to look for an authenticator first.
SECOND_FACTOR_S = 300
_PREFIX = "identity:arrival:"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom a provider has sent, by a link of theirs. browser: the mark of it; at: epoch seconds."""

    user_id: str
    link_id: str
    browser: str
    at: float


class Arrivals:
    """Who has come and has not been given tokens yet. In Redis, under hashes of the codes."""

    def __init__(self, queues: redis.Redis) -> None:
        self._queues = queues

    def expect(self, user_id: UUID, link_id: UUID, browser: str) -> str:
        """A new code for the account."""
        code = secrets.token_urlsafe(32)
        self._put(code, Arrival(str(user_id), str(link_id), browser, time.time()), CODE_S)
        return code

    def take(self, code: str) -> Arrival | None:
        """Whose code it is; it is none afterwards. None: nobody's, used or too old."""
        kept = self._queues.getdel(_key(code))
        return Arrival(**orjson.loads(kept)) if isinstance(kept, bytes) else None

    def give_back(self, code: str, arrival: Arrival) -> None:
        """Has the code be good again, for who has yet to type a second factor; within five minutes in all."""
        left_s = int(arrival.at + SECOND_FACTOR_S - time.time())
        if left_s > 0:
            self._put(code, arrival, left_s)

    def _put(self, code: str, arrival: Arrival, seconds: int) -> None:
        self._queues.set(_key(code), orjson.dumps(asdict(arrival)), ex=seconds)


def _key(code: str) -> str:
    return _PREFIX + hashlib.sha256(code.encode()).hexdigest()
