"""What the services of identity are made of, made once for each process."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from accounts.apikeys import ApiKeys
from accounts.challenges import Challenges
from accounts.claiming import Wiped
from accounts.outbox import Outbox
from accounts.passwords import Passwords
from accounts.secondfactor import SecondFactors
from accounts.sessions import Sessions
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts."""

    settings: Settings
    engine: sa.Engine
    sessions: Sessions
    api_keys: ApiKeys
    passwords: Passwords
    second_factors: SecondFactors
    challenges: Challenges
    outbox: Outbox

    def settled(self, user_id: UUID, wiped: Wiped | None = None) -> None:
        """After the commit of what changed an account's proof or took it over: Redis is told."""
        if wiped is not None:
            self.sessions.forget(wiped.sessions)
            self.api_keys.forget(wiped.keys)
        self.sessions.changed(user_id)
        self.api_keys.changed(user_id)
