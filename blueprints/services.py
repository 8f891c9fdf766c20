"""What the blueprints call, made once by app.py for each process."""

from dataclasses import dataclass
from typing import cast

import redis
import sqlalchemy as sa
from dramatiq.brokers.redis import RedisBroker
from flask import current_app

from accounts.apikeys import ApiKeys
from accounts.credentials import Credentials
from accounts.exchange import Arrivals
from accounts.keyring import Keyring
from accounts.oauth import OAuthAccounts
from accounts.oauth_clients import Providers
from accounts.outbox import Outbox
from accounts.proof import Proofs
from accounts.secondfactor import SecondFactors
from accounts.sessions import Sessions
from accounts.signup import Accounts
from accounts.verification import Verification
from orders.client import OrderDesk
from runtime.settings import Settings

_EXTENSION = "cfdesk"


@dataclass(frozen=True)
class Services:
    """The parts behind the edge."""

    settings: Settings
    engine: sa.Engine
    order_state: redis.Redis
    desk: OrderDesk
    queues: redis.Redis
    broker: RedisBroker
    keyring: Keyring
    sessions: Sessions
    api_keys: ApiKeys
    providers: Providers
    arrivals: Arrivals
    oauth: OAuthAccounts
    accounts: Accounts
    verification: Verification
    credentials: Credentials
    second_factors: SecondFactors
    proofs: Proofs
    outbox: Outbox

    def install(self) -> None:
        """Makes these the current app's services."""
        current_app.extensions[_EXTENSION] = self


def services() -> Services:
    """The current app's services."""
    return cast(Services, current_app.extensions[_EXTENSION])
