"""Who a client of the stream is: what its token or key stands for, and until when."""

import math
import time
from dataclasses import dataclass, field

from accounts.apikeys import KEY_PREFIX
from accounts.tokens import read_access_token
from blueprints.services import services
from runtime.settings import Settings

# What a key must be allowed.
_SCOPE = "read"


@dataclass(slots=True)
class Identity:
    """Whom a token or a key stands for.

    expires_at: epoch seconds. credential: its name in accounts.known.ENDED_CHANNEL. checked_at: when it was
    last found to go on, epoch seconds.
    """

    user_id: str
    token: str
    credential: str
    expires_at: float
    checked_at: float = field(default_factory=time.time)

    def due_in_s(self, settings: Settings) -> float:
        """Until it ends, or has to be asked for again."""
        return min(self.expires_at, self.checked_at + settings.session_trust_s) - time.time()


class Unwelcome(Exception):
    """Nobody who may hear of an account's orders; its text is for the client."""


def identify(token: str, address: str, settings: Settings) -> Identity:
    """Who that is. Raises Unwelcome, and DATABASE_AWAY when nobody can tell."""
    if token.startswith(KEY_PREFIX):
        keys = services().api_keys
        caller = keys.find(token, address)
        if caller is None:
            raise Unwelcome("The key is not valid, or not from this address")
        if _SCOPE not in caller.scopes:
            raise Unwelcome(f"The key has no permission to {_SCOPE}")
        expires_at = math.inf if caller.expires_at is None else caller.expires_at
        return Identity(caller.user_id, token, keys.credential(token), expires_at)
    bearer = read_access_token(token, services().keyring, settings)
    sessions = services().sessions
    found = sessions.find(bearer.session_id) if bearer else None
    if bearer is None or found is None or found.user_id != bearer.user_id:
        raise Unwelcome("The token is not valid: sign in again")
    return Identity(
        found.user_id, token, sessions.credential(bearer.session_id), expires_at=bearer.expires_at
    )
