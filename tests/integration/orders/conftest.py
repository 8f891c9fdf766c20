"""Every kind of server for the order state, and a desk on other terms than the default ones."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
import redis

from orders.client import OrderDesk
from runtime.embedded.valkey import ValkeyServer
from tests.support.opening import load_and_open
from tests.support.order_servers import OrderServer, running_order_server
from tests.support.services import Services
from tests.support.settings import make_settings

MakeDesk = Callable[..., OrderDesk]


@pytest.fixture(scope="session")
def services(services: Services, order_server: OrderServer) -> Iterator[Services]:
    """The session's servers, with another one for the order state: each test runs on every kind."""
    with running_order_server(order_server) as running:
        server = cast(ValkeyServer, running.server)
        yield replace(
            services,
            orders_redis_url=server.url,
            orders_web_redis_url=server.user_url("web"),
            servers={**services.servers, "orders": running},
        )


@pytest.fixture
def make_desk(order_state: redis.Redis, services: Services) -> MakeDesk:
    """Makes an empty desk on other terms: the library is loaded anew with these settings."""

    def make(**changes: Any) -> OrderDesk:
        changed = make_settings(services, **changes)
        load_and_open(order_state, changed)
        return OrderDesk(order_state, changed)

    return make
