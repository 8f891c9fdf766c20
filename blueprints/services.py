"""What the blueprints call, made once by app.py for each process."""

from dataclasses import dataclass
from typing import cast

import redis
import sqlalchemy as sa
from flask import current_app

from accounts.apikeys import ApiKeys
from accounts.keyring import Keyring
from accounts.sessions import Sessions
from accounts.signup import Accounts
from orders.client import OrderDesk
from runtime.settings import Settings

_EXTENSION = "cfdesk"


@dataclass(frozen=True)
class Services:
    """The parts behind the edge."""

    settings: Settings
    engine: sa.Engine
    desk: OrderDesk
    queues: redis.Redis
    keyring: Keyring
    sessions: Sessions
    api_keys: ApiKeys
    accounts: Accounts

    def install(self) -> None:
        """Makes these the current app's services."""
        current_app.extensions[_EXTENSION] = self


def services() -> Services:
    """The current app's services."""
    return cast(Services, current_app.extensions[_EXTENSION])
