"""The web application on the session's servers."""

import pytest
import redis
import sqlalchemy as sa
from flask import Flask

from app import create_app
from runtime.settings import Settings
from tests.support.api import Api


@pytest.fixture
def app(settings: Settings, order_state: redis.Redis, queues: redis.Redis, database: sa.Engine) -> Flask:
    """The app, on empty servers with the library and the tables."""
    return create_app(settings)


@pytest.fixture
def api(app: Flask) -> Api:
    """A browser that calls the app."""
    return Api(app)
