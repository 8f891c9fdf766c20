"""A desk on other terms than the default ones."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from orders.client import OrderDesk
from orders.library import load
from tests.support.services import Services
from tests.support.settings import make_settings

MakeDesk = Callable[..., OrderDesk]


@pytest.fixture
def make_desk(order_state: redis.Redis, services: Services) -> MakeDesk:
    """Makes an empty desk on other terms: the library is loaded anew with these settings."""

    def make(**changes: Any) -> OrderDesk:
        changed = make_settings(services, **changes)
        load(order_state, changed)
        return OrderDesk(order_state, changed)

    return make
